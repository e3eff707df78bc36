"""What Tab offers: asked of the entry point that the shells ask, and of bash itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gene_tui.spaces import atlas
from tests.cli import run


@pytest.fixture
def tab(small: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """What is offered for the last of some words, as bash hands them over."""
    del small

    def offered(*words: str, shell: str = "bash") -> list[str]:
        monkeypatch.setenv("_GENE_TUI_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", "\n".join(["gene-tui", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        done = run()
        monkeypatch.delenv("_GENE_TUI_COMPLETE")
        assert (done.code, done.err) == (0, "")
        return list(filter(None, done.out.splitlines()))

    return offered  # type: ignore[return-value]


def test_commands_options_and_choices(tab) -> None:  # type: ignore[no-untyped-def]
    assert tab("qu") == ["plain,query"]
    assert "plain,--threads" in tab("query", "HBA1", "--th")
    assert tab("query", "HBA1", "--format", "js") == ["plain,json"]
    assert tab("HBA1", "--metric", "e") == ["plain,euclidean"]
    assert tab("index", "b") == ["plain,build"]
    assert tab("completion", "z") == ["plain,zsh"]
    assert tab("query", "HBA1", "--within", "x") == ["file,x"]


def test_genes_wherever_one_is_asked_for(tab) -> None:  # type: ignore[no-untyped-def]
    haemoglobins = ["plain,HBA1", "plain,HBA2"]
    assert tab("hba") == haemoglobins
    assert tab("query", "HBA") == haemoglobins
    assert tab("CD3D", ":", "hba") == haemoglobins
    assert tab("query", "-k", "3", "CD3D", ":", "HBA") == haemoglobins
    assert tab("query", '"CD3D : HBA') == ["plain,CD3D : HBA1", "plain,CD3D : HBA2"]
    assert tab("enrich", "--query", "HBA") == haemoglobins
    assert tab("query", "CD3D,HBA") == []  # an inner comma belongs to the name
    assert tab("query", "") == tab("query", "ZZZ") == tab("query", "HBA1", ":") == []


def test_the_genes_are_those_of_the_space_named(tab, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "words.npz"
    names = np.array(["apple", "apricot", "New York", "Newark"])
    np.savez(file, embeddings=np.random.default_rng(1).standard_normal((4, 6)), genes=names)
    assert tab("query", "--space", str(file), "ap") == []  # nothing is made while completing
    assert run("import", str(file), "--name", "my fruit", "--no-derive").code == 0
    for words in (("query", "-s", "my fruit", "ap"), ("--space", "my fruit", "query", "ap")):
        assert tab(*(f"'{word}'" if " " in word else word for word in words)) == [
            "plain,apple",
            "plain,apricot",
        ]
    assert tab("query", "-s", "'my fruit'", "New") == ["plain,Newark"]


def test_names_of_spaces(tab, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "x.npz"
    np.savez(file, embeddings=np.eye(3), genes=np.array(["a", "b", "c"]))
    for name in ("brain", "brain old"):
        assert run("import", str(file), "--name", name, "--no-derive").code == 0
    offered = ["plain,brain", "plain,brain\\ old"]
    assert tab("info", "br") == tab("--space", "br") == tab("query", "x", "-s", "br") == offered
    assert tab("query", "x", "--also", "'br") == ["plain,brain", "plain,brain old"]
    assert tab("compare", "brain", "br", shell="zsh")[1::3] == ["brain", "brain old"]
    assert tab("info", "at") == [f"plain,{atlas.NAME}"]
    assert tab("info", str(tmp_path)) == [f"file,{tmp_path}"]


def test_what_cannot_be_read_completes_nothing(tab, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for space in ("nowhere", "/dev/null", "/proc/1/nowhere"):
        monkeypatch.setenv("GENE_TUI_SPACE", space)
        assert tab("query", "HB") == []
    monkeypatch.delenv("HOME")
    assert tab("que") == ["plain,query"]


def test_a_tab_imports_nothing_heavy(small: Path) -> None:
    asked = (
        "import sys; sys.argv = ['gene-tui']\n"
        "from gene_tui.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'textual', 'pandas', 'faiss', 'numba', 'scipy', 'rich'}\n"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    environment = os.environ | {
        "_GENE_TUI_COMPLETE": "bash_complete",
        "COMP_WORDS": "gene-tui\nquery\nHBA",
        "COMP_CWORD": "2",
        "GENE_TUI_SPACE": str(small),
    }
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["plain,HBA1", "plain,HBA2"]
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_that_shell(shell: str, tmp_path: Path) -> None:
    done = run("completion", shell)
    assert done.code == 0 and f"{shell}_complete" in done.out
    program = shutil.which(shell)
    if program:
        script = tmp_path / "script"
        script.write_text(done.out)
        assert subprocess.run([program, "-n", str(script)]).returncode == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_is_told(small: Path, tmp_path: Path) -> None:
    program = tmp_path / "gene-tui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gene_tui "$@"\n')
    program.chmod(0o755)
    script = (
        f"PATH={tmp_path}:$PATH\n"
        'eval "$(gene-tui completion bash)"\n'
        "COMP_WORDS=(gene-tui query CD3D : CD3); COMP_CWORD=4\n"
        "_gene_tui_completion gene-tui\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        "complete -p gene-tui\n"
    )
    environment = os.environ | {"GENE_TUI_SPACE": str(small)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)
    assert done.stdout.split("\n")[:3] == ["CD3D", "CD3E", "CD3G"], done.stderr
    assert "-F _gene_tui_completion gene-tui" in done.stdout
