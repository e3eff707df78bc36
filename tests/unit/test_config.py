"""Settings: what is understood is used, what is not is told and does no harm."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gene_tui import config, paths
from gene_tui.config import Settings, load
from gene_tui.errors import FileError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_all_is_default() -> None:
    assert not paths.config_file().exists()
    assert load() == Settings()
    assert not paths.config_file().exists()


def test_the_users_own_file_is_read() -> None:
    paths.config_file().parent.mkdir(parents=True)
    paths.config_file().write_text('space = "human"\n')
    assert load().space == "human"


def test_every_setting_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    file.write_text(
        """
        space = "/data/my embedding.npz"
        index = "~/pairs.faiss"
        theme = "plain"
        threads = 2
        metric = "euclidean"
        animations = false
        mouse = true
        history_limit = 100
        [keys]
        copy-link = "c"
        quit = ["q", "ctrl+q"]
        export = []
        """
    )
    assert load(file) == Settings(
        space="/data/my embedding.npz",
        index="/home/ada/pairs.faiss",
        theme="plain",
        threads=2,
        metric="euclidean",
        animations=False,
        mouse=True,
        history_limit=100,
        keys={"copy-link": ("c",), "quit": ("q", "ctrl+q"), "export": ()},
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("threads = '2'", ("threads", "whole number", "'2'")),
        ("threads = true", ("threads", "true")),
        ("threads = -1", ("threads", "-1")),
        ("history_limit = 0", ("history_limit", "from 1")),
        ("history_limit = 99999999999999999999", ("history_limit", "to 1000000")),
        ("threads = 100000", ("threads", "to 1024")),
        ("mouse = 'off'", ("mouse", "true or false")),
        ("metric = 'cosin'", ("metric", '"cosine" or "euclidean"')),
        ("metric = []", ("metric", "[]")),
        ("animations = 'off'", ("animations", "true or false")),
        ("space = 3", ("space", "text")),
        ("theme = {}", ("theme",)),
        ("index = 1979-05-27", ("index",)),
        ("index = '~nobody-of-that-name/x'", ("index", "file name")),
        ("thread = 2", ("thread is no setting", "did you mean threads?")),
        ("zzz = 2", ("zzz is no setting", "space, index")),
        ("warnings = ['x']", ("warnings is no setting",)),
        ("keys = 'y'", ("keys takes a table",)),
        ("keys = {quit = 3}", ("keys.quit",)),
        ("keys = {quit = ['q', '']}", ("keys.quit",)),
        ("'\\u001b[31m' = 2", ("is no setting",)),
    ],
)
def test_what_is_not_understood_is_told(file: Path, line: str, words: tuple[str, ...]) -> None:
    file.write_text(f"{line}\n")
    settings = load(file)
    assert len(settings.warnings) == 1
    assert settings.warnings[0].startswith(f"{file}: ")
    assert settings.warnings[0].isprintable()
    for word in words:
        assert word in settings.warnings[0]
    assert settings == Settings(warnings=settings.warnings), "and left at its default"


def test_one_mistake_leaves_the_rest(file: Path) -> None:
    file.write_text("threads = 'x'\ntheme = 'plain'\nkeys = {quit = 'x', help = 1}\n")
    settings = load(file)
    assert (settings.theme, settings.threads) == ("plain", 0)
    assert settings.keys == {"quit": ("x",)}
    assert len(settings.warnings) == 2


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"threads = 2\ntheme = plain\n", "line 2, column 9"),
        (b"threads = 2\r\n\r\ntheme = plain\r\n", "line 3, column 9"),
        (b"threads = 2\nthreads = 3\n", "line 2"),
        (b'theme = "plain', "end"),
        (b"theme = 'x'\nspace = '\xff'\n", "line 2"),
    ],
)
def test_broken_toml_names_the_line(file: Path, content: bytes, place: str) -> None:
    file.write_bytes(content)
    with pytest.raises(FileError) as caught:
        load(file)
    assert str(file) in caught.value.message
    assert place in caught.value.message
    assert caught.value.hint


def test_a_folder_in_its_place_is_an_error(file: Path) -> None:
    file.mkdir()
    with pytest.raises(FileError, match="cannot be read"):
        load(file)


def test_what_has_no_end_is_not_read(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(FileError, match="no regular file"):
        load(file)
    file.unlink()
    file.symlink_to("/dev/zero")
    with pytest.raises(FileError, match="no regular file"):
        load(file)
    file.unlink()
    file.symlink_to(os.devnull)
    assert load(file) == Settings(), "a usual way to have none"
    file.unlink()
    file.write_bytes(b"#" * 2_000_000)
    with pytest.raises(FileError, match="over 1 MB"):
        load(file)


def test_a_file_that_cannot_be_read_is_a_warning_where_work_goes_on(file: Path) -> None:
    file.write_text("threads = 2\ntheme = plain\n")
    settings = config.usual(file)
    (warning,) = settings.warnings
    assert f"{file} line 2" in warning
    assert settings == Settings(warnings=(warning,))


def test_a_byte_order_mark_is_no_mistake(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbftheme = 'plain'\n")
    assert load(file).theme == "plain"


def test_the_example_names_every_setting_and_is_valid(file: Path) -> None:
    text = config.example()
    assert all(line == "" or line.startswith("# ") for line in text.splitlines())
    file.write_text(text)
    assert load(file) == Settings(), "as printed it changes nothing"
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    live = "\n".join(line for line in lines if " = " in line or line.startswith("["))
    assert set(tomllib.loads(live)) == {entry.name for entry in fields(Settings)} - {"warnings"}
    file.write_text(live)
    assert load(file).warnings == ()


@given(st.binary(max_size=200))
def test_no_file_crashes_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    try:
        assert isinstance(load(file), Settings)
    except FileError as error:
        assert str(file) in error.message


@pytest.mark.parametrize("value", ["", "here/and/now"])
def test_an_empty_or_relative_place_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", value)
    assert paths.data_dir() == tmp_path / ".local/share/gene-tui"
    assert paths.cache_dir() == tmp_path / ".cache/gene-tui"
    assert paths.config_file() == tmp_path / ".config/gene-tui/config.toml"
