"""The doctor: right about this terminal, this machine and what to change; it writes nothing."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gene_tui import paths
from gene_tui.doctor import Finding, diagnose, to_text
from gene_tui.doctor.files import filesystem
from gene_tui.doctor.machine import available_memory
from gene_tui.history import History
from tests.ui.multiplexers import GnuScreen, Tmux, multiplexer
from tests.ui.pseudo_terminal import Program, gene_tui

GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}


def examine(
    environment: Mapping[str, str],
    answers: Mapping[str, str | None] | None = None,
    size: tuple[int, int] = (140, 40),
) -> dict[str, Finding]:
    """Findings by topic; ``answers`` are what programs print, by program."""
    known = answers or {}

    def ask(command: Sequence[str]) -> str | None:
        return known.get(command[0])

    found = diagnose(environment, platform="linux", size=size, ask=ask)
    topics = [finding.topic for finding in found]
    assert len(topics) == len(set(topics))
    return {finding.topic: finding for finding in found}


def test_a_good_terminal_needs_no_change() -> None:
    found = examine(GOOD)
    assert [topic for topic, finding in found.items() if not finding.ok] == []
    assert found["terminal"] == Finding("terminal", "140 x 40")
    assert found["colours"].value == "truecolor (COLORTERM=truecolor)"
    assert found["connection"].value == "local, no SSH"
    assert found["clipboard"].value == "OSC 52 to your terminal"
    assert "tmux" not in found
    assert "screen" not in found


@pytest.mark.parametrize(
    ("changes", "topic", "value", "advice"),
    [
        ({"TERM": "dumb"}, "TERM", "dumb", "TERM=xterm-256color"),
        ({"TERM": ""}, "TERM", "not set", "TERM=xterm-256color"),
        ({"TERM": "xterm", "COLORTERM": ""}, "colours", "16", "COLORTERM=truecolor"),
        ({"LANG": "C"}, "locale", "not UTF-8", "LANG=C.UTF-8"),
        ({"SSH_TTY": "/dev/pts/1", "TERM": "tmux-256color"}, "connection", "SSH", "set-clipboard"),
        ({"TMUX": "/nowhere,1,0"}, "tmux", "does not answer", "$TMUX"),
    ],
)
def test_what_will_not_work_is_marked(
    changes: dict[str, str], topic: str, value: str, advice: str
) -> None:
    finding = examine(GOOD | changes)[topic]
    assert not finding.ok
    assert finding.value == value
    assert advice in finding.advice


def test_a_small_terminal() -> None:
    assert not examine(GOOD, size=(79, 24))["terminal"].ok
    assert not examine(GOOD, size=(80, 23))["terminal"].ok
    assert examine(GOOD, size=(80, 24))["terminal"].ok


def test_no_colour_is_a_wish_not_a_fault() -> None:
    finding = examine(GOOD | {"NO_COLOR": "1"})["colours"]
    assert finding.ok
    assert "NO_COLOR" in finding.value


def test_ssh_says_from_where() -> None:
    finding = examine(GOOD | {"SSH_CONNECTION": "10.1.2.3 50000 10.9.9.9 22"})["connection"]
    assert (finding.value, finding.ok) == ("SSH from 10.1.2.3", True)
    assert "ssh -C" in finding.advice


def _tmux(answer: str) -> dict[str, Finding]:
    return examine(GOOD | {"TMUX": "/tmp/tmux-0/default,1,0"}, {"tmux": answer})


def test_a_default_tmux() -> None:
    found = _tmux("3.3a|external|500|0|xterm-256color|bpaste,clipboard,title")
    assert found["tmux"] == Finding("tmux", "3.3a")
    assert found["tmux set-clipboard"].ok
    assert "load-buffer -w" in found["tmux set-clipboard"].advice
    assert found["tmux's terminal"].ok
    assert not found["tmux escape-time"].ok
    assert found["tmux escape-time"].value == "500 ms"
    assert "set -s escape-time 10" in found["tmux escape-time"].advice
    assert found["tmux allow-passthrough"].value == "off"
    assert "tmux load-buffer -w" in found["clipboard"].value


def test_a_tmux_that_needs_changes() -> None:
    found = _tmux("next-3.4|off|10|1|vt220|title")
    assert found["tmux"].ok
    assert found["tmux escape-time"].ok
    assert not found["tmux set-clipboard"].ok
    assert not found["tmux's terminal"].ok
    assert "',vt220:clipboard'" in found["tmux's terminal"].advice
    assert found["tmux allow-passthrough"].value == "on"
    old = _tmux("3.1c|on|10|||")
    assert not old["tmux"].ok
    assert "prefix ]" in old["tmux"].advice
    assert "tmux's terminal" not in old


def test_screen() -> None:
    found = examine(
        GOOD | {"STY": "1.a.b", "TERM": "screen"},
        {"screen": "Screen version 4.09.00 (GNU) 30-Jan-22"},
    )
    assert found["screen"].value == "4.09.00"
    assert "maptimeout 10" in found["screen"].advice
    assert "mouse" in found["screen"].advice
    assert "256 colours" in found["screen"].advice
    assert "wrapped for screen" in found["clipboard"].value


def test_a_desktop_needs_a_helper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not examine(GOOD | {"DISPLAY": ":0"})["clipboard"].ok
    (tmp_path / "xclip").touch(mode=0o755)
    assert examine(GOOD | {"DISPLAY": ":0"})["clipboard"].ok
    assert "desktop" not in examine(GOOD | {"DISPLAY": ":0", "SSH_TTY": "x"})["clipboard"].value


def test_files_are_named_and_none_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = examine(GOOD)
    assert str(paths.data_dir()) in found["spaces, history"].value
    assert str(paths.cache_dir()) in found["cache"].value
    assert str(paths.config_file()) in found["settings"].value
    assert str(paths.history_file()) in found["history"].value
    assert "GB free" in found["cache"].value
    for folder in (paths.data_dir(), paths.cache_dir(), paths.config_file().parent):
        assert not folder.exists()


def test_a_home_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    finding = examine(GOOD)["spaces, history"]
    assert not finding.ok
    assert "cannot be written" in finding.value
    assert "XDG_DATA_HOME" in finding.advice


def test_settings_that_are_wrong() -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text("threads = 'x'\nfoo = 1\n")
    finding = examine(GOOD)["settings"]
    assert not finding.ok
    assert "threads" in finding.value
    assert "1 more" in finding.value
    file.write_text("threads = \n")
    finding = examine(GOOD)["settings"]
    assert not finding.ok
    assert "line 1" in finding.value
    file.write_text("space = 'human'\n")
    assert examine(GOOD)["space"].value == "human (from the settings)"
    assert examine(GOOD | {"GENE_TUI_SPACE": "x"})["space"].value == "x (from GENE_TUI_SPACE)"


def test_a_history_open_to_others() -> None:
    History.open().close()
    assert examine(GOOD)["history"].ok
    paths.history_file().chmod(0o644)
    finding = examine(GOOD)["history"]
    assert not finding.ok
    assert "chmod 600" in finding.advice


MOUNTS = r"""rootfs / rootfs rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
server:/x /home/a\040b cifs rw 0 0
tmpfs /homes tmpfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/homes/ada", "tmpfs"),
        ("/home/ada/.cache", "nfs4"),
        ("/home", "nfs4"),
        ("/home/a b/x", "cifs"),
        ("/homer", "ext4"),
    ],
)
def test_the_filesystem_of_a_path(path: str, kind: str) -> None:
    assert filesystem(Path(path), MOUNTS) == kind
    assert filesystem(Path(path), "") == ""


def test_a_home_on_the_network_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gene_tui.doctor.files._mount_table", lambda: "server:/ / nfs4 rw 0 0\n")
    finding = examine(GOOD)["cache"]
    assert "nfs4" in finding.value
    assert "network" in finding.advice
    assert "XDG_CACHE_HOME" in finding.advice


def test_versions_cores_and_memory_are_true() -> None:
    import numpy as np

    found = examine(GOOD | {"OMP_NUM_THREADS": "3"})
    assert found["numpy"].value == np.__version__
    assert found["Python"].value.startswith(".".join(map(str, sys.version_info[:3])))
    assert found["threads"].value.startswith(str(len(os.sched_getaffinity(0))))
    assert "OMP_NUM_THREADS=3" in found["threads"].value
    assert 0 < available_memory() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_the_report_is_harmless_and_marks_what_is_wrong() -> None:
    text = to_text(
        [
            Finding("TERM", "x\x1b]52;c;aGk=\x07", "say\nso", False),
            Finding("a longer topic", "fine"),
        ]
    )
    lines = text.splitlines()
    assert lines[0] == "! TERM            x␛]52;c;aGk=␇"
    assert lines[1].strip() == "say so"
    assert lines[2] == "  a longer topic  fine"
    assert lines[-1] == "1 to look at, marked with !"
    assert to_text([]).endswith("nothing to change\n")


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from gene_tui.doctor import diagnose, to_text; to_text(diagnose());"
        "print(*{'textual', 'numpy', 'pandas', 'faiss', 'numba'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(("utf8", "ok"), [("1", True), ("0", False)])
def test_whether_tmux_sends_utf_8(utf8: str, ok: bool) -> None:
    found = _tmux(utf8)["tmux UTF-8"]
    assert found.ok == ok
    assert ("tmux -u attach" in found.advice) != ok


@pytest.mark.parametrize(
    ("told", "ok"),
    [
        ("(1,1)/(80,24)+1024 +(+)flow UTF-8 0(bash)", True),
        ("(1,1)/(80,24)+1024 +(+)flow 0(bash)", False),
    ],
)
def test_whether_screen_takes_utf_8(told: str, ok: bool) -> None:
    found = examine(GOOD | {"STY": "1.a.b", "TERM": "screen"}, {"screen": told})["screen UTF-8"]
    assert found.ok == ok
    assert ("utf8 on" in found.advice) != ok


@pytest.mark.parametrize("kind", [GnuScreen, Tmux], ids=["screen", "tmux"])
def test_the_advice_on_utf_8_helps_in_the_real_program(
    kind: type[GnuScreen] | type[Tmux], tmp_path: Path
) -> None:
    told = tmp_path / "told"
    name = "screen UTF-8" if kind is GnuScreen else "tmux UTF-8"
    doctor = shlex.join(gene_tui("doctor", "--format", "json"))

    def value(server: GnuScreen | Tmux) -> str:
        told.unlink(missing_ok=True)
        server.send("\r")
        server.until(told.is_file, "the doctor's findings")
        found = {one["topic"]: one for one in json.loads(told.read_text())}
        return str(found[name]["value"])

    loop = f"while read line; do {doctor} > {told}.new; mv {told}.new {told}; done"
    with multiplexer(kind) as server:
        if isinstance(server, GnuScreen):
            server("-c", "/dev/null", "-d", "-m", "sh", "-c", loop)
            server("-p", "0", "-X", "utf8", "off")
            server.until(lambda: value(server) == "off", "off")
            server("-p", "0", "-X", "utf8", "on")
            server.until(lambda: value(server) == "on", "on")
            return
        server.start(["sh", "-c", loop])
        for options, wanted in (([], "0"), (["-u"], "1")):
            client = Program(
                ["tmux", "-S", str(server.folder / "s"), *options, "attach"],
                (80, 24),
                LANG="C",
                LC_ALL="C",
            )
            client.screen.feed = lambda _: None  # type: ignore[method-assign]
            try:
                server.until(
                    lambda wanted=wanted, client=client: (
                        client.read(0.05),
                        server("display-message", "-p", "#{client_utf8}").strip() == wanted,
                    )[1],
                    f"a client, UTF-8 {wanted}",
                )
                assert value(server) == {"0": "off", "1": "on"}[wanted]
            finally:
                client.close()


def test_inside_a_real_tmux(tmp_path: Path, short: Path) -> None:
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    tmux = ["tmux", "-S", str(short / "socket"), "-f", "/dev/null"]
    out = tmp_path / "report"
    code = f"from gene_tui.doctor import *; open({str(out)!r}, 'w').write(to_text(diagnose()))"
    command = f'{sys.executable} -c "{code}"; sleep 90'
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY")}
    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "90", "-y", "30", command], check=True, env=environment
    )
    try:
        end = time.monotonic() + 40
        while not (out.exists() and out.read_text().endswith("!\n")) and time.monotonic() < end:
            time.sleep(0.05)
        found = {line[2:].split("  ")[0]: line for line in out.read_text().splitlines()}
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    assert found["terminal"].endswith("90 x 30") or found["terminal"].endswith("90 x 29")
    version = subprocess.run(["tmux", "-V"], capture_output=True, text=True, check=True).stdout
    assert found["tmux"].split()[-1] == version.split()[-1]
    assert found["tmux set-clipboard"].split()[-1] == "external"
    assert found["tmux escape-time"].endswith("500 ms")
    assert found["tmux escape-time"].startswith("!")
    assert "tmux load-buffer -w" in found["clipboard"]
