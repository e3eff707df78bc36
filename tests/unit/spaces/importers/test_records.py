"""Tables written as JSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gene_tui.spaces.importers.reading import ByHand
from gene_tui.spaces.importers.streams import BLOCK_BYTES

from .sources import cut, names, numbers, refused, whole

N, D = 8, 4
ROWS = list(zip(names(N), numbers(N, D).tolist(), strict=True))


def write(path: Path, *values: Any, join: str = "\n") -> Path:
    path.write_text(join.join(json.dumps(value) for value in values) + "\n")
    return path


def frame() -> pd.DataFrame:
    titles = [f"dim_{i}" for i in range(D)]
    return pd.DataFrame(numbers(N, D).astype(float), index=names(N), columns=titles)


SHAPES: dict[str, list[Any]] = {
    "records one a line": [{"gene": name, "embedding": row} for name, row in ROWS],
    "vector first": [{"embedding": row, "gene": name} for name, row in ROWS],
    "an array of records": [[{"gene": name, "vector": row} for name, row in ROWS]],
    "pairs one a line": [[name, row] for name, row in ROWS],
    "rows one a line": [[name, *row] for name, row in ROWS],
    "an array of pairs": [[[name, row] for name, row in ROWS]],
    "one gene a line": [{name: row} for name, row in ROWS],
    "two lists": [{"genes": names(N), "embeddings": numbers(N, D).tolist()}],
    "two lists and more": [
        {"model": "m", "dim": D, "vectors": numbers(N, D).tolist(), "names": names(N)}
    ],
    "records": [frame().reset_index(names="gene").to_dict("records")],
    "split": [json.loads(frame().to_json(orient="split", double_precision=12))],
    "columns": [json.loads(frame().to_json(orient="columns", double_precision=12))],
    "columns with numbers": [
        json.loads(frame().reset_index(names="gene").to_json(double_precision=12))
    ],
    "index": [json.loads(frame().to_json(orient="index", double_precision=12))],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ending", ["x.json", "x.jsonl", "x.txt"])
def test_every_shape(tmp_path: Path, shape: str, ending: str) -> None:
    path = write(tmp_path / ending, *SHAPES[shape])
    read = whole(path)
    assert read.source.format == "records"
    assert read.labels == names(N)
    np.testing.assert_allclose(read.vectors, numbers(N, D), rtol=1e-6)
    assert "warning" not in read.notes
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + path.read_bytes()))
    assert whole(path).labels == names(N)


def test_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 3000
    rows = zip(names(n), numbers(n, D).tolist(), strict=True)
    monkeypatch.setattr("gene_tui.spaces.importers.streams.BLOCK_BYTES", 1000)
    for values in ([{"gene": g, "v": row, "symbol": g.lower()} for g, row in rows],):
        read = whole(write(tmp_path / "x.jsonl", *values))
        assert read.labels == names(n)
        assert read.columns["symbol"][-1] == names(n)[-1].lower()
        np.testing.assert_allclose(read.vectors, numbers(n, D), rtol=1e-6)
        assert whole(write(tmp_path / "y.json", values)).labels == names(n)


def test_several_lists(tmp_path: Path) -> None:
    values = [{"gene": name, "a": row, "b": row[:2]} for name, row in ROWS]
    path = write(tmp_path / "x.jsonl", *values)
    refused(path, "several columns hold lists of numbers: a, b")
    assert whole(path, key="b").source.dims == 2
    assert whole(path, hand=ByHand(dims="a")).source.dims == D
    refused(path, "no column 'c'", key="c")


def test_a_list_that_nobody_asked_for_is_json_too(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"g": "A", "v": [1, 2], "w": [1]}\n{"g": "B", "v": [1, 2], "w": [1 2]}\n')
    refused(path, "record 2 has a list that is no JSON", key="v")


def test_nulls_are_not_finite(tmp_path: Path) -> None:
    read = whole(write(tmp_path / "x.jsonl", {"g": "A", "v": [1, None]}, {"g": "B", "v": [2, 3]}))
    assert np.isnan(read.vectors[0, 1])


def test_names_that_look_like_lists(tmp_path: Path) -> None:
    said = ["Infinity", "complex [3]", "a[1, 2]b", "-Infinity", 'say "[4]"', "[]", "x"]
    rows = [{"gene": name, "about": f"{name} [5, 6]", "v": [i, 0.5]} for i, name in enumerate(said)]
    for values in (rows, [rows], [{"genes": said, "x": [row["v"] for row in rows]}]):
        read = whole(write(tmp_path / "x.json", *values))
        assert read.labels == said
        assert np.array_equal(read.vectors, np.float32([row["v"] for row in rows]))
    lines = [{"gene": name, "x": float("inf"), "y": 2.0, "z": 3.5} for name in said]
    assert np.isinf(whole(write(tmp_path / "y.json", *lines)).vectors[:, 0]).all()


BAD = {
    "record 2 has 1 numbers, record 1 has 2": '{"g": "A", "v": [1, 2]}\n{"g": "B", "v": [1]}',
    "record 2 is cut short or no JSON": '{"g": "A", "v": [1, 2]}\n{"g": "B", "v": [1,',
    "record 3 is cut short or no JSON": '[{"g": "A", "v": [1, 2]}, {"g": "B", "v": [1, 2]}',
    "something follows after the end": '[{"g": "A", "v": [1, 2]}, {"g": "B", "v": [1, 2]}] 7',
    "'g' is there twice": '{"g": "A", "v": [1, 2], "g": "B"}\n{"g": "B", "v": [1, 2]}',
    "no column holds names": '[{"v": [1, 2]}, {"v": [1, 2]}]',
    "as a vocabulary does": '{"A": 1, "B": 2, "C": 3}\n',
    "differ in length: genes 3, vectors 2": '{"genes": ["A", "B", "C"], "vectors": [[1], [3]]}',
    "record 2 has a list that is no JSON": '[{"g": "A", "v": [1, 2]}, {"g": "B", "v": [1,, 2]}]',
    "record 1 has a list that is no JSON": '{"g": "A", "v": [1, 2], "w": [1 2]}\n',
    "'vectors' has a list that is no": '{"genes": ["A", "B"], "vectors": [1, -], "x": [[1], [3]]}',
    "index and data do not fit": '{"columns": ["a", "b"], "index": ["A"], "data": [[1], [2]]}',
}


@pytest.mark.parametrize("match", BAD)
def test_broken(tmp_path: Path, match: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(BAD[match])
    refused(path, match)


def test_a_record_that_breaks_far_down(tmp_path: Path) -> None:
    values: list[Any] = [{"gene": f"G{i}A", "v": [1.5, i]} for i in range(500)]
    values[400] = {"gene": "X", "w": [1.5, 2]}
    refused(write(tmp_path / "x.jsonl", *values), "record 401 has 'w'")
    values[400] = {"gene": "X", "v": ["1.5", True]}
    refused(write(tmp_path / "x.jsonl", *values), "record 401: true is not a number")


def test_what_follows_far_behind_the_end_is_not_overlooked(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", SHAPES["records"][0])
    with path.open("a") as file:
        file.write(" " * BLOCK_BYTES)
    assert whole(path).labels == names(N)
    with path.open("a") as file:
        file.write("7")
    refused(path, "something follows after the end")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, -3])
def test_truncated(tmp_path: Path, keep: float | int) -> None:
    for shape in ("records one a line", "an array of records", "two lists", "split"):
        refused(cut(write(tmp_path / "x.json", *SHAPES[shape]), keep), "cut short|no JSON|has no")


@pytest.mark.parametrize("orient", ["split", "table", "index", "columns"])
@pytest.mark.parametrize("titles", [list(range(D)), [f"PC{i}" for i in range(D)]])
@pytest.mark.parametrize("name", [None, "gene"])
def test_every_orient_of_pandas(tmp_path: Path, orient: Any, titles: list[Any], name: Any) -> None:
    table = frame().rename_axis(name)
    table.columns = pd.Index(titles)
    table.to_json(tmp_path / "x.json", orient=orient)
    read = whole(tmp_path / "x.json")
    assert read.source.format == "records" and read.labels == names(N)
    np.testing.assert_allclose(read.vectors, numbers(N, D), rtol=1e-6)
