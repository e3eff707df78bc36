"""README and docs show what the program really prints, and name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.documents import PAGES, ROOT, commands, fits, steps, wrong_with_call, wrong_with_page

TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}


@pytest.mark.usefixtures("no_space_chosen")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_does_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = wrong_with_page(page)
    assert not wrong, "\n\n".join(["", *wrong])


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_named_in_a_sentence_exists(name: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", TEXTS[name], flags=re.DOTALL | re.MULTILINE)
    for code in re.findall(r"`([^`]+)`", prose):
        text = " ".join(code.split())
        if text.startswith(("gene-tui ", "./create_env.sh gene-tui")) and "…" not in text:
            for call in commands(text):
                assert wrong_with_call(call) is None, f"{text}: {wrong_with_call(call)}"


def test_every_option_named_in_a_sentence_exists() -> None:
    import click

    from gene_tui.cli import COMMANDS, cli

    known = {"--help", "--version"}
    found = [cli, *(cli.get_command(click.Context(cli), name) for name in COMMANDS)]
    for command in found:
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        for one in (command, *inner):
            known |= {option for parameter in one.params for option in parameter.opts}
    # That page names the options of other programs.
    for name in TEXTS.keys() - {"earlier.md"}:
        for option in re.findall(r"`(--[a-z-]+)", TEXTS[name]):
            assert option in known, f"{name}: {option}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_page_and_picture_that_is_linked_is_there(name: str) -> None:
    folder = next(page for page in PAGES if page.name == name).parent
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXTS[name]):
        if "://" not in target:
            assert (folder / target).is_file(), target


def test_pictures_are_small_and_fetch_nothing() -> None:
    pictures = [*ROOT.glob("assets/**/*.svg"), *ROOT.glob("docs/*.svg")]
    assert len(pictures) >= 6
    for picture in pictures:
        text = picture.read_text(encoding="utf-8")
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        assert not re.search(r"url\(|href|@import|<script|https?://(?!www\.w3\.org/)", text), (
            picture
        )
        assert len(text) < 150_000, picture


def test_the_session_of_the_readme_moves_and_stands_still_where_nothing_moves() -> None:
    text = (ROOT / "assets/screenshots/session.svg").read_text(encoding="utf-8")
    assert "prefers-reduced-motion" in text
    groups = dict(re.findall(r"\.(f\d+)\{opacity:([01]);animation:", text))
    assert len(groups) > 5 and text.count("@keyframes") == len(groups)
    at_rest = "".join(
        part
        for name, part in re.findall(r'<g class="(f\d+)">(.*?)</g>', text)
        if groups[name] == "1"
    )
    assert ">CD3G<" in at_rest and ">PAX5<" in at_rest and "DLGAP5" not in at_rest


def test_every_page_is_reached_from_the_readme() -> None:
    for page in (ROOT / "docs").iterdir():
        if page.suffix == ".md":
            assert f"](docs/{page.name})" in TEXTS["README.md"], page.name


# --- the test's own tools ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("below", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nb\nc\n", False),
        ("a\n…", "a\nb\nc\n", True),
        ("…\nc", "a\nb\nc\n", True),
        ("a\n…\nc", "a\nc\n", True),
        ("exact · … s", "exact · 0.02 s\n", True),
        ("exact · … s", "exact · 0.02 min\n", False),
        ("a.c", "abc\n", False),
        ("", "", True),
        ("", "a\n", False),
        ("…", "", True),
    ],
)
def test_what_is_shown_is_what_is_printed_but_for_what_is_left_out(
    below: str, printed: str, same: bool
) -> None:
    assert fits(below, printed) is same


def test_commands_and_what_is_below_them() -> None:
    text = "$ gene-tui HBA1\na\n\nb\n\n$ ls\n"
    assert [(step.command, step.below) for step in steps(text)] == [
        ("gene-tui HBA1", "a\n\nb"),
        ("ls", ""),
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("gene-tui", True),
        ("gene-tui --space brain", True),
        ("gene-tui HBA1 -k 5 | head", True),
        ("gene-tui HBA1 --no-such", False),
        ("./create_env.sh gene-tui scan brain -k 1000 --cap 0.8  # all cores", True),
        ("gene-tui scan brain --capp 0.8", False),
        ("gene-tui index recall brain x.faiss", True),
        ("gene-tui index biuld brain", False),
        ("gene-tui -s brain HBA1 && gene-tui info brain --form json", False),
    ],
)
def test_calls_that_do_not_exist_are_found(text: str, right: bool) -> None:
    wrong = [told for call in commands(text) if (told := wrong_with_call(call))]
    assert wrong == [] if right else wrong


def test_a_wrong_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    fence = "```"
    page.write_text(
        f'{fence}console\n$ gene-tui "LYZ ~ XYZZY"\nfine\n{fence}\n'
        f"{fence}sh\ngene-tui quit --now\n{fence}\n"
        f"{fence}python\n>>> 1 + 1\n3\n{fence}\n"
        f"{fence}toml\nspaec = 1\n{fence}\n"
        f"{fence}\nplain\n{fence}\n"
    )
    assert [found.split(": ")[0] for found in wrong_with_page(page)] == [
        "page.md:2", "page.md:6", "page.md:9", "page.md:13", "page.md:16",
    ]  # fmt: skip
