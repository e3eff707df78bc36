"""The space folder: what gets in, what is refused, and that nothing half made is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.model.gene import Gene
from gene_tui.run import Run
from gene_tui.spaces import store
from gene_tui.spaces.clean import summary
from gene_tui.spaces.source import Block, Source
from gene_tui.spaces.space import Space, View


def genes_of(labels: Sequence[str], columns: object) -> tuple[list[Gene], str, list[str]]:
    del columns
    return [Gene(row, label) for row, label in enumerate(labels)], "word", []


def source(blocks: list[Block], dims: int, path: Path) -> Source:
    return Source("test", dims, 0, iter(blocks), (path,), ["a remark"])


def block(labels: list[str], rows: object) -> Block:
    return Block(labels, np.array(rows, dtype=np.float32))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"the source")
    return path


def write(src: Source, target: Path, **options: object) -> Space:
    return store.write(src, target, name=target.name, annotator=genes_of, **options)  # type: ignore[arg-type]


def test_rows_are_cleaned_by_the_stated_rule_and_counted(tmp_path: Path, file: Path) -> None:
    blocks = [
        block(["A", "<pad>", "B", ""], [[1, 2], [3, 4], [np.nan, 1], [5, 5]]),
        block(["A", "C", "D", "E"], [[9, 9], [0, 0], [np.inf, 1], [7, 8]]),
    ]
    space = write(source(blocks, 2, file), tmp_path / "spaces" / "s")
    assert [space.gene(row).label for row in range(space.n)] == ["A", "E"]
    np.testing.assert_array_equal(space.vectors, [[1, 2], [7, 8]])
    assert space.vectors.dtype == np.float32
    counted = {entry["reason"]: entry["count"] for entry in space.manifest.dropped}
    assert counted == {
        "special token": 1,
        "NaN or infinite values": 2,
        "no label": 1,
        "label repeated, first row kept": 1,
        "all zero": 1,
    }
    assert any(line == "1 row dropped (all zero): C" for line in summary(space.manifest.dropped))
    assert space.manifest.notes == ("a remark",)
    assert space.manifest.source["bytes"] == 10


def test_the_folder_can_be_read_without_this_program(tmp_path: Path, file: Path) -> None:
    target = tmp_path / "s"
    write(source([block(["x", "y", "z"], np.arange(6).reshape(3, 2) + 1)], 2, file), target)
    vectors = np.load(target / "vectors.npy", allow_pickle=False)
    assert vectors.shape == (3, 2) and vectors.dtype == np.float32 and vectors.flags.c_contiguous
    manifest = json.loads((target / "manifest.json").read_text())
    assert (manifest["genes"], manifest["dims"], manifest["format_version"]) == (3, 2, 1)
    lines = (target / "genes.tsv").read_text().splitlines()
    assert lines[0].startswith("label\t") and lines[1].startswith("x\t")


def test_truncate_counts_kept_rows_and_stops_reading(tmp_path: Path, file: Path) -> None:
    read = 0

    def blocks() -> Iterator[Block]:
        nonlocal read
        for start in range(0, 100, 10):
            read += 1
            rows = np.full((10, 3), start + 1.0)
            rows[0] = 0
            yield block([f"g{start + i}" for i in range(10)], rows)

    space = write(Source("test", 3, 100, blocks(), (file,)), tmp_path / "s", truncate=12)
    assert space.n == 12
    assert space.gene(11).label == "g13"
    assert read == 2


def test_an_existing_name_is_refused_and_replaced_only_on_request(
    tmp_path: Path, file: Path
) -> None:
    target = tmp_path / "s"
    write(source([block(["a"], [[1.0]])], 1, file), target)
    with pytest.raises(UsageError, match="exists already"):
        write(source([block(["b"], [[1.0]])], 1, file), target)
    assert store.open_folder(target).gene(0).label == "a"
    write(source([block(["b"], [[1.0]])], 1, file), target, replace_existing=True)
    assert store.open_folder(target).gene(0).label == "b"
    assert [child.name for child in tmp_path.iterdir() if child.name.startswith(".")] == []


def test_no_usable_row_is_an_error_that_says_why(tmp_path: Path, file: Path) -> None:
    with pytest.raises(FileError, match=r"source.bin has no usable row: 2 rows dropped \(all zero"):
        write(source([block(["a", "b"], [[0.0], [0.0]])], 1, file), tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("moment", [0, 1, 2, 5])
def test_cancelling_leaves_nothing_behind(tmp_path: Path, file: Path, moment: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > moment

    blocks = [block([f"g{i}"], [[1.0 + i]]) for i in range(3)]
    folder = tmp_path / "spaces"
    with pytest.raises(Cancelled):
        write(source(blocks, 1, file), folder / "s", run=Run(cancelled=cancelled))
    assert list(folder.iterdir()) == []


def test_a_source_that_breaks_midway_leaves_nothing_behind(tmp_path: Path, file: Path) -> None:
    def blocks() -> Iterator[Block]:
        yield block(["a"], [[1.0]])
        raise FileError("source.bin: line 2 is not a number")

    folder = tmp_path / "spaces"
    with pytest.raises(FileError, match="line 2"):
        write(Source("test", 1, 0, blocks(), (file,)), folder / "s")
    assert list(folder.iterdir()) == []


def spoil_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def spoil_version(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format_version": 99}))


def spoil_count(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"genes": 7}))


def spoil_vectors(folder: Path) -> None:
    data = (folder / "vectors.npy").read_bytes()
    (folder / "vectors.npy").write_bytes(data[:-3])


def spoil_dtype(folder: Path) -> None:
    np.save(folder / "vectors.npy", np.ones((3, 2)))


def spoil_genes(folder: Path) -> None:
    with (folder / "genes.tsv").open("a") as handle:
        handle.write("another\n")


def lose_vectors(folder: Path) -> None:
    (folder / "vectors.npy").unlink()


def lose_names(folder: Path) -> None:
    (folder / "index" / "names.txt").unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_manifest,
        spoil_version,
        spoil_count,
        spoil_vectors,
        spoil_dtype,
        spoil_genes,
        lose_vectors,
        lose_names,
    ],
)
def test_a_damaged_folder_is_a_clear_error(tmp_path: Path, file: Path, spoil: object) -> None:
    folder = tmp_path / "s"
    write(source([block(["a", "b", "c"], np.ones((3, 2)))], 2, file), folder)
    assert callable(spoil)
    spoil(folder)
    with pytest.raises(FileError) as caught:
        store.open_folder(folder)
    assert str(folder) in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 3


def test_transforms_are_applied_in_order_and_named(tmp_path: Path, file: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((50, 6)) + 3.0
    rows[:, 0] += 10.0 * rng.standard_normal(50)
    space = write(source([block([f"g{i}" for i in range(50)], rows)], 6, file), tmp_path / "s")
    centred = space.with_view(View(center=True))
    np.testing.assert_allclose(centred.vectors.mean(axis=0), 0, atol=1e-5)
    assert centred.view.transforms == ("center",)
    unit = space.with_view(View(center=True, drop=1, unit=True))
    np.testing.assert_allclose(np.linalg.norm(unit.vectors, axis=1), 1, atol=1e-6)
    assert unit.view.transforms == ("center", "drop-components 1", "unit")
    top = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][0]
    np.testing.assert_allclose(unit.vectors @ top, 0, atol=1e-4)
    assert len({space.fingerprint, centred.fingerprint, unit.fingerprint}) == 3
    assert space.with_view(View(truncate=7)).n == 7
    with pytest.raises(UsageError):
        space.with_view(View(drop=6))


def test_derived_arrays_are_kept_and_stale_ones_are_not_used(tmp_path: Path, file: Path) -> None:
    target = tmp_path / "s"
    space = write(source([block(["a", "b"], np.eye(2))], 2, file), target)
    assert space.derived.get("thing-1") is None
    assert space.derived.put({"thing-1": np.arange(3)})
    np.testing.assert_array_equal(space.derived.get("thing-1"), [0, 1, 2])
    assert (target / "derived" / "thing-1.npy").is_file()
    # the same folder with other vectors
    stamp = target / "derived" / "stamp.json"
    stamp.write_text(json.dumps({"fingerprint": "of something else"}))
    assert store.open_folder(target).derived.get("thing-1") is None


def test_derived_arrays_of_a_read_only_space_go_to_the_cache(tmp_path: Path, file: Path) -> None:
    target = tmp_path / "s"
    write(source([block(["a", "b"], np.eye(2))], 2, file), target)
    (target / "derived").write_text("a file where the folder would be: cannot be written")
    space = store.open_folder(target)
    assert space.derived.put({"thing-1": np.arange(3)})
    np.testing.assert_array_equal(store.open_folder(target).derived.get("thing-1"), [0, 1, 2])


def test_removing_takes_only_spaces(tmp_path: Path, file: Path) -> None:
    write(source([block(["a"], [[1.0]])], 1, file), tmp_path / "s")
    other = tmp_path / "precious"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(FileError, match="is not a space folder"):
        store.remove(other)
    assert (other / "thesis.txt").exists()
    assert store.remove(tmp_path / "s").genes == 1
    assert not (tmp_path / "s").exists()
