"""A space folder from a stranger: it harms nobody, and nothing of it is believed unchecked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.errors import FileError, UsageError
from gene_tui.session import Session, open_space
from gene_tui.spaces import store
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.manifest import CONTENT, Manifest
from gene_tui.spaces.space import View
from tests.cli import run


def made(folder: Path, name: str = "s", *, seed: int = 0, n: int = 30) -> Path:
    rng = np.random.default_rng(seed)
    source = folder / f"{name}.npz"
    np.savez(
        source,
        embeddings=rng.standard_normal((n, 5)).astype(np.float32),
        genes=np.array([f"g{row}" for row in range(n)]),
    )
    return import_space(Recipe(source), folder / name, name=name, replace=True).folder


def say(folder: Path, **fields: Any) -> None:
    file = folder / "manifest.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | fields))


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "thesis"
    folder.mkdir(parents=True)
    (folder / "chapter-1.tex").write_text("years of work")
    return folder


# -- no field is a path -------------------------------------------------------------------


@pytest.mark.parametrize("way", ["absolute", "relative"])
@pytest.mark.parametrize("options", [[], ["--center"]], ids=["plain", "a view"])
def test_a_fingerprint_that_is_a_path_harms_nobody(
    tmp_path: Path, thesis: Path, way: str, options: list[str]
) -> None:
    folder = made(tmp_path)
    cache = paths.derived_dir()
    cache.mkdir(parents=True, exist_ok=True)
    told = str(thesis) if way == "absolute" else os.path.relpath(thesis, cache)
    if options:  # the view's key was glued on
        thesis = thesis.rename(thesis.with_name("thesis-center"))
    say(folder, fingerprint=told)
    # The space's own folder takes nothing, so that the cache is turned to.
    (folder / "derived").write_text("in the way")
    done = run("query", "g1 : g2", "--space", str(folder), *options)
    assert (thesis / "chapter-1.tex").read_text() == "years of work"
    assert list(thesis.iterdir()) == [thesis / "chapter-1.tex"]
    assert done.code == 3 and "Traceback" not in done.err


def test_a_link_in_place_of_the_derived_arrays_harms_nobody(tmp_path: Path, thesis: Path) -> None:
    folder = made(tmp_path)
    (folder / "derived").symlink_to(thesis)
    assert run("query", "g1 : g2", "--space", str(folder)).code == 0
    assert list(thesis.iterdir()) == [thesis / "chapter-1.tex"]


@pytest.mark.parametrize("name", ["norms-1.npy", "stamp.json", "random-pairs-2.npy"])
def test_a_link_among_the_derived_arrays_is_not_written_through(
    tmp_path: Path, thesis: Path, name: str
) -> None:
    folder = made(tmp_path)
    (folder / "derived").mkdir()
    (folder / "derived" / name).symlink_to(thesis / "chapter-1.tex")
    Session(store.open_folder(folder)).prepare()
    assert (thesis / "chapter-1.tex").read_text() == "years of work"
    assert not (folder / "derived" / name).is_symlink()


def test_what_else_lies_among_the_derived_arrays_stays(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "derived").mkdir()
    (folder / "derived" / "stamp.json").write_text('{"fingerprint": "of another"}')
    (folder / "derived" / "thesis.npy").write_text("years of work")
    Session(store.open_folder(folder)).prepare()
    assert (folder / "derived" / "thesis.npy").read_text() == "years of work"


@pytest.mark.parametrize("command", [["remove", "brain"], ["import", "{}", "--name", "brain"]])
def test_a_folder_that_holds_more_than_a_space_is_not_deleted(
    tmp_path: Path, command: list[str]
) -> None:
    folder = made(tmp_path, "brain")
    target = paths.spaces_dir() / "brain"
    shutil.copytree(folder, target)
    (target / "thesis.txt").write_text("years of work")
    words = [word.format(tmp_path / "brain.npz") for word in command]
    done = run(*words, *(["--replace"] if command[0] == "import" else []))
    assert done.code == 3 and "thesis.txt" in done.err
    assert (target / "thesis.txt").read_text() == "years of work"
    assert store.open_folder(target).n == 30


def test_of_a_linked_space_only_the_link_is_removed(tmp_path: Path) -> None:
    folder = made(tmp_path, "far")
    paths.spaces_dir().mkdir(parents=True)
    (paths.spaces_dir() / "near").symlink_to(folder)
    assert run("remove", "near").code == 0
    assert not (paths.spaces_dir() / "near").is_symlink()
    assert store.open_folder(folder).n == 30


# -- every field has a type and a bound ---------------------------------------------------

_DEEP = "[" * 100_000 + "]" * 100_000
WRONG = {
    "no object": "[]",
    "nothing": "",
    "deep": _DEEP,
    "deep notes": '{"format_version": 1, "notes": ' + _DEEP + "}",
    "endless number": '{"format_version": ' + "9" * 10_000 + "}",
    "bytes": b"\xff\xfe\x00",
}
FIELDS: dict[str, list[Any]] = {
    "format_version": [None, "1", 1.0, True, 2, -(10**900)],
    "name": [None, 1, [], {}, "x" * 256, "a\x1b[2Jb", "a\nb", "\ud800"],
    "genes": [None, "30", 30.0, True, 0, -1, 10**30, [30], float("nan")],
    "dims": [None, "5", 5.5, 0, -5, 10**30, float("inf")],
    "fingerprint": [None, 5, "", "..", "/tmp", "a/b", "A" * 16, "a" * 1000, ["a"], "ab\x00cd"],
    "labels": [None, 3, "x" * 1000, []],
    "source": [None, [], "x", {"path": 3}, {"path": None}, {"bytes": "9"}, {"also": "x"}],
    "dropped": [None, {}, "x", [1], [{}], [{"reason": 1, "count": 1, "examples": []}]],
    "notes": [None, "note", [1], [None], [["x"]], ["x"] * 20_000],
    "remake": [None, 1, ["rm"], "x" * 200_000],
    "created": [None, 0, []],
    "checksums": [None, [], {"genes.tsv": 1}, {"genes.tsv": "../x"}, "x"],
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_what_is_no_manifest_is_one_line(tmp_path: Path, body: str | bytes) -> None:
    folder = made(tmp_path)
    (folder / "manifest.json").write_bytes(body if isinstance(body, bytes) else body.encode())
    with pytest.raises(FileError) as caught:
        Manifest.read(folder)
    assert "\n" not in caught.value.message and len(caught.value.message) < 600


@pytest.mark.parametrize("key", FIELDS)
def test_a_field_that_is_none_is_one_line_and_breaks_no_list(tmp_path: Path, key: str) -> None:
    paths.spaces_dir().mkdir(parents=True)
    shutil.move(made(tmp_path), paths.spaces_dir() / "whole")
    sound = json.loads((paths.spaces_dir() / "whole" / "manifest.json").read_text())
    for number, value in enumerate(FIELDS[key]):
        folder = paths.spaces_dir() / f"broken-{number}"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(sound | {key: value}))
        with pytest.raises(FileError):
            Manifest.read(folder)
    for form in ([], ["--format", "json"]):
        done = run("spaces", *form)
        assert done.code == 0, done.err
        assert "whole" in done.out and done.out.count("broken-") >= len(FIELDS[key])
        assert "\x1b" not in done.out


@pytest.mark.parametrize("name", ["manifest.json", "vectors.npy", "genes.tsv", "index/rows.npy"])
def test_devices_and_pipes_in_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    for place in (Path("/dev/zero"), folder / "pipe"):
        if not place.exists():
            os.mkfifo(place)
        (folder / name).unlink()
        (folder / name).symlink_to(place)
        with pytest.raises(FileError):
            store.open_folder(folder)


def rewrite(file: Path, change: Any) -> None:
    array = np.load(file)
    changed = change(array)
    np.save(file, array if changed is None else changed)


def swap(array: Any) -> None:
    array[[2, 5]] = array[[5, 2]]


def beyond(array: Any) -> None:
    array[3:] += 10**6


def negative(array: Any) -> None:
    array[1] = -5


def rows_beyond(entries: Any) -> None:
    entries["row"][3] = 30


def rows_negative(entries: Any) -> None:
    entries["row"][3] = -2


def kinds(entries: Any) -> None:
    entries["kind"][2] = 99


def backwards(entries: Any) -> None:
    entries["offset"][4] = 1


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("index/rows.npy", swap),
        ("index/rows.npy", beyond),
        ("index/rows.npy", negative),
        ("index/rows.npy", lambda array: array.astype(np.int32)),
        ("index/rows.npy", lambda array: array[:0]),
        ("index/names.npy", rows_beyond),
        ("index/names.npy", rows_negative),
        ("index/names.npy", kinds),
        ("index/names.npy", backwards),
        ("vectors.npy", lambda array: np.asfortranarray(array)),
        ("vectors.npy", lambda array: array.astype(np.float64)),
    ],
)
def test_an_index_that_points_anywhere_is_refused(tmp_path: Path, name: str, change: Any) -> None:
    folder = made(tmp_path)
    say(folder, checksums={})  # a stranger's sums would fit his files
    rewrite(folder / name, change)
    with pytest.raises(FileError):
        store.open_folder(folder)


# -- checksums ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTENT)
def test_a_flipped_bit_is_found_by_opening_and_by_verify(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    assert run("verify", str(folder)).code == 0
    body = bytearray((folder / name).read_bytes())
    body[-3] ^= 1
    (folder / name).write_bytes(body)
    done = run("verify", str(folder))
    assert done.code == 3 and name in done.err and "make it again: gene-tui import" in done.err
    with pytest.raises(FileError, match=Path(name).name):
        store.open_folder(folder)


def test_large_vectors_are_left_to_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, name = made(tmp_path), "vectors.npy"
    monkeypatch.setattr(store, "CHECKED_AT_ONCE", 0)
    body = bytearray((folder / name).read_bytes())
    body[-30] ^= 1
    (folder / name).write_bytes(body)
    store.open_folder(folder)
    assert run("verify", str(folder)).code == 3
    told = run("info", str(folder), "--format", "json")
    assert told.json["damaged"] == [name]


def test_a_space_from_before_checksums_opens_and_says_what_it_cannot(tmp_path: Path) -> None:
    folder = made(tmp_path)
    told = json.loads((folder / "manifest.json").read_text())
    del told["checksums"]
    (folder / "manifest.json").write_text(json.dumps(told))
    assert store.open_folder(folder).n == 30
    done = run("verify", str(folder))
    assert done.code == 0 and "symbols" in done.out
    assert "not verified" in run("info", str(folder)).out
    table = folder / "genes.tsv"
    table.write_bytes(table.read_bytes().replace(b"g7\t", b"h7\t"))
    assert run("verify", str(folder)).code == 3


def derived(folder: Path, name: str) -> Path:
    return next((folder / "derived").glob(f"{name}-*.npy"))


def cut(file: Path, other: Path) -> None:
    del other
    file.write_bytes(file.read_bytes()[:-7])


def flip(file: Path, other: Path) -> None:
    del other
    body = bytearray(file.read_bytes())
    body[-1] ^= 128
    file.write_bytes(body)


def empty(file: Path, other: Path) -> None:
    del other
    file.write_bytes(b"")


def another(file: Path, other: Path) -> None:
    shutil.copy(other / "derived" / file.name, file)


def ones(file: Path, other: Path) -> None:
    del other
    np.save(file, np.ones_like(np.load(file)))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two prepared spaces, to be copied: "s" and "other"."""
    folder = tmp_path_factory.mktemp("prepared")
    for each in (made(folder), made(folder, "other", seed=1)):
        Session(store.open_folder(each)).prepare()
    return folder


@pytest.mark.parametrize("spoil", [cut, flip, empty, another, ones])
@pytest.mark.parametrize("name", ["norms", "coords", "difference-bounds", "random-differences"])
def test_a_derived_array_that_is_not_what_was_kept_is_made_again(
    both: Path, tmp_path: Path, name: str, spoil: Any
) -> None:
    shutil.copytree(both, tmp_path, dirs_exist_ok=True)
    folder, other = tmp_path / "s", tmp_path / "other"
    asked = [open_space(folder).query(text).hits for text in ("g1 : g2", "g1")]
    spoil(derived(folder, name), other)
    assert name in run("verify", str(folder)).out
    assert [open_space(folder).query(text).hits for text in ("g1 : g2", "g1")] == asked
    Session(store.open_folder(folder)).prepare()
    assert "made again" not in run("verify", str(folder)).out


def test_arrays_whose_sums_fit_must_still_be_arrays_of_this_space(tmp_path: Path) -> None:
    space = store.open_folder(made(tmp_path))
    names = "difference-neighbours-1"
    Session(space).prepare()
    honest = np.array(space.derived.get(names))
    for wrong in (honest + 10**6, honest.astype(np.int64), honest[:-1], honest - 5):
        space.derived.put({names: wrong})
        assert space.derived.get(names, shape=honest.shape, dtype=np.int32, below=space.n) is None


def test_another_space_that_claims_the_same_content_shares_no_arrays(tmp_path: Path) -> None:
    honest, liar = made(tmp_path), made(tmp_path, "liar", seed=1)
    say(liar, fingerprint=Manifest.read(honest).fingerprint)
    view = View(center=True)
    space = store.open_folder(liar).with_view(view)
    space.derived.put({"norms-1": np.ones(30)})
    assert store.open_folder(honest).with_view(view).derived.get("norms-1") is None
    assert space.derived.get("norms-1") is not None


def test_sessions_over_a_replaced_space_do_not_mix(tmp_path: Path) -> None:
    before = open_space(made(tmp_path))
    asked = before.query("g1 : g2").hits
    short = before.query("g1", truncate=20).hits
    after = open_space(made(tmp_path, seed=1))
    after.prepare()
    kept = sorted((after.space.folder / "derived").iterdir())
    content = {file: file.read_bytes() for file in kept}
    old = Session(before.space)
    assert [hit.genes for hit in old.query("g1 : g2").hits] == [hit.genes for hit in asked]
    assert [hit.score for hit in old.query("g1", truncate=20).hits] == [h.score for h in short]
    old.prepare()
    assert {file: file.read_bytes() for file in kept} == content
    fresh = open_space(after.space.folder).query("g1 : g2").hits
    assert fresh == after.query("g1 : g2").hits != asked


@pytest.mark.parametrize("long", ["x" * 101, "字" * 80])
def test_names_too_long_are_refused(tmp_path: Path, long: str) -> None:
    made(tmp_path)
    assert run("import", "--name", long, str(tmp_path / "s.npz")).code == 2


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "~x",
        ".x",
        " x",
        "x ",
        "a/b",
        "a\\b",
        "a\nb",
        "a\x1bb",
        "a\u202eb",
        "a\u200bb",
        "a\u200db",
        "\ufeffa",
        "a\xa0",
    ],
)
def test_names_that_mislead_are_refused(tmp_path: Path, name: str) -> None:
    made(tmp_path)
    done = run("import", "--name", name, str(tmp_path / "s.npz"))
    assert done.code == 2, done.err
    assert "\x1b" not in done.err and "\u202e" not in done.err


@pytest.mark.parametrize(
    "spec", ["~nobody-of-that-name", "x" * 300, "/" + "x" * 300, "/", "/proc/1/fd", "/dev/zero"]
)
def test_what_is_no_space_is_one_line(spec: str) -> None:
    done = run("query", "g1", "--space", spec)
    assert done.code == 3, done.err
    assert "internal error" not in done.err and len(done.err.splitlines()) == 2


def test_names_of_folders_are_checked() -> None:
    from gene_tui.spaces import catalog

    with pytest.raises(UsageError):
        catalog.folder_of("~/x")
    with pytest.raises(FileError, match="no space called"):
        catalog.existing("nothing")


def test_a_place_that_may_not_be_entered_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.exists

    def forbidden(path: Path, **more: Any) -> bool:
        if str(path).startswith("/locked/"):
            raise PermissionError(13, "Permission denied")
        return real(path, **more)

    monkeypatch.setattr(Path, "exists", forbidden)
    for command in (["query", "g1", "-s"], ["info"], ["verify"]):
        done = run(*command, "/locked/space")
        assert done.code == 3 and "Permission denied" in done.err, done.err
        assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        _DEEP,
        '{"format_version": 1, "bytes": 1e999}',
        "null",
        "\x00",
        '{"recall": 3}',
    ],
)
def test_what_stands_beside_an_index_is_a_strangers_too(tmp_path: Path, body: str) -> None:
    from gene_tui.engines.pair_index.sidecar import read_sidecar

    (tmp_path / "x.faiss").write_bytes(b"")
    (tmp_path / "x.faiss.json").write_text(body)
    with pytest.raises(FileError):
        read_sidecar(tmp_path / "x.faiss")
    (tmp_path / "x.faiss.json").unlink()
    os.mkfifo(tmp_path / "x.faiss.json")
    with pytest.raises(FileError):
        read_sidecar(tmp_path / "x.faiss")
