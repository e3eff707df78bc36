"""JSON objects {name: [numbers]}."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from gene_tui.run import Progress, Run

from .sources import cut, names, numbers, refused, whole


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("pack", [False, True])
def test_reads_what_the_scripts_wrote(tmp_path: Path, indent: int | None, pack: bool) -> None:
    vectors = numbers(30, 4).astype(float)
    labels = ["ENSG1", 'é "quoted" \\ [', "\u2028", *names(27)]
    path = tmp_path / ("x.json.gz" if pack else "x.json")
    text = json.dumps(dict(zip(labels, vectors.tolist(), strict=True)), indent=indent)
    path.write_bytes(gzip.compress(text.encode()) if pack else text.encode())
    read = whole(path)
    assert read.source.format == "json"
    assert read.labels == labels
    np.testing.assert_array_equal(read.vectors, vectors.astype(np.float32))


def test_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gene_tui.spaces.importers.streams.BLOCK_BYTES", 1000)
    vectors = numbers(4000, 60)
    path = tmp_path / "x.json"
    path.write_text(json.dumps(dict(zip(names(4000), vectors.tolist(), strict=True))))
    seen: list[Progress] = []
    read = whole(path, run=Run(seen.append))
    np.testing.assert_array_equal(read.vectors, vectors)
    assert len(seen) > 1
    assert seen[-1].done == seen[-1].total == path.stat().st_size


def test_nulls_and_nan(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"A": [NaN, null, 1e999], "B": [-Infinity, 2, 3]}')
    read = whole(path)
    np.testing.assert_array_equal(read.vectors[0], [np.nan, np.nan, np.inf])
    np.testing.assert_array_equal(read.vectors[1], [-np.inf, 2, 3])


def test_half_a_character_in_a_name(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b'{"\\ud800A": [1, 2], "caf\xe9": [3, 4]}')
    assert whole(path).labels == ["?A", "café"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"A": [1, 2], "B": [3]}', "'B' has 1 numbers, the first name has 2"),
        ('{"A": [1, 2], "B": [3, "x"]}', "value of 'B' is no|list of 'B'"),
        ('{"A": [1, 2], "B": [3, true false]}', "the list of 'B' holds something"),
        ('{"A": [1, 2], "B": [3, 4 5]}', "the list of 'B' holds something"),
        ('{"A": [1, 2], "B": [3, ]}', "the list of 'B' holds something"),
        ('{"A": [1, 2], "B": [ ,4]}', "the list of 'B' holds something"),
        ('{"A": [1, 2], "B": "text"}', "the value of 'B' is no list of numbers"),
        ('{"A": [1, 2], "B": [[3, 4], [5, 6]]}', "the value of 'B' is no list of numbers"),
        ('{"A": [1, 2], "B": {"x": 1}}', "the value of 'B' is no list of numbers"),
        ('{"A": [1, 2], B: [1, 2]}', "after 'A' the JSON is cut short or damaged"),
        ('{"A": [1, 2]} {}', "something follows"),
        ('{"A": [1, 2],', "after 'A' the JSON is cut short"),
        ('{"A": [1, 2], "B', "after 'A' the JSON is cut short"),
        ('{"A": [1, 2], "B":', "cut short after 'B'"),
        ('{"A": [1, 2], "B": [3,', "the list of 'B' is cut short"),
        ('{"A": []}', "'A' has no numbers"),
        ("{}", "the object is empty"),
        ('[["A", 1]]', "it has 1 column of numbers"),
        ("[1, 2]", "not a JSON object"),
        ('{"A": "tetraspanin 6 [Source:HGNC]"}', "no list of numbers"),
        ("x", "not a JSON object"),
    ],
)
def test_broken(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    refused(path, match)


@pytest.mark.parametrize("keep", [0.01, 0.3, 0.7, -1])
def test_truncated(tmp_path: Path, keep: float | int) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(dict(zip(names(90), numbers(90, 5).tolist(), strict=True))))
    refused(cut(path, keep), "cut short|damaged")


@pytest.mark.parametrize("entry", ["[]", "null", "[ ]"])
@pytest.mark.parametrize("place", [0, 3, 5])
def test_one_empty_entry_is_dropped_and_counted(tmp_path: Path, entry: str, place: int) -> None:
    entries = [f'"G{row}": [{row}.5, 1]' for row in range(5)]
    entries.insert(place, f'"EMPTY": {entry}')
    path = tmp_path / "x.json"
    path.write_text("{" + ", ".join(entries) + "}")
    read = whole(path)
    assert read.source.format == "json"
    assert read.labels == [f"G{row}" for row in range(5)]
    assert read.source.dropped == [("no vector of numbers", "EMPTY")]


def test_many_empty_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"A": [1, 2], "B": [], "C": null}')
    refused(path, "2 of its 3 names have no numbers")


def test_one_row_of_numbers_is_a_vector(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"A": [[1, 2.5]], "B": [ [3, 4] ]}')
    read = whole(path)
    assert read.labels == ["A", "B"]
    assert read.vectors.tolist() == [[1, 2.5], [3, 4]]
