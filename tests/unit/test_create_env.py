"""create_env.sh, run for real on a copy of it with a python and a pip that only pretend.

What they were asked to do is in a log, so that the tests are quick and need no network.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

TOOLS = "bash cat cp cut dirname find flock grep head mkdir mv rm rmdir sed sleep tail tee"

PYTHON = r"""#!/usr/bin/env bash
case "$1 $2" in
  "-c import sys"*) echo "${FAKE_VERSION:-3.11.9} $0" ;;
  "-c import venv"*) exit "${FAKE_NO_VENV:-0}" ;;
  "-c import pip") ;;
  "-m venv")
    echo "venv" >>"$FAKE_LOG"
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    printf 'VIRTUAL_ENV="%s"\nexport VIRTUAL_ENV PATH="%s/bin:$PATH"\n' "$3" "$3" >"$3/bin/activate"
    ;;
  "-m pip")
    mkdir "$FAKE_LOG.busy" 2>/dev/null || echo "overlap" >>"$FAKE_LOG"
    echo "pip ${*:3}" >>"$FAKE_LOG"
    echo "chatter of pip"
    echo "WARNING: more chatter" >&2
    sleep "${FAKE_PIP_TAKES:-0}"
    rmdir "$FAKE_LOG.busy"
    printf '%s\n' "${FAKE_PIP_SAYS:-}" >&2
    exit "${FAKE_PIP_EXIT:-0}"
    ;;
  *) exit 99 ;;
esac
"""

UV = r"""#!/usr/bin/env bash
echo "uv $*" >>"$FAKE_LOG"
case "$1" in
  venv)
    mkdir -p "${@: -1}/bin"
    cp "$(dirname "$0")/python3" "${@: -1}/bin/python"
    echo "VIRTUAL_ENV='${@: -1}'" >"${@: -1}/bin/activate"
    ;;
esac
"""


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


class Checkout:
    """A copy of create_env.sh on a machine with few tools and a pretended python3."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "the checkout"
        self.root.mkdir()
        shutil.copy(ROOT / "create_env.sh", self.root)
        (self.root / "pyproject.toml").write_text("[project]\n")
        (self.root / "constraints.txt").write_text("numpy==2.0.0\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS.split():
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        _script(self.bin / "python3", PYTHON)
        _script(self.bin / "show", '#!/usr/bin/env bash\nprintf "<%s>" "$@"; exit 7\n')
        _script(self.bin / "gene-tui", "#!/usr/bin/env bash\necho answer\n")
        for tool in ("pytest", "ruff", "mypy", "lint-imports"):
            _script(self.bin / tool, "#!/usr/bin/env bash\n")
        self.home = folder / "empty home"
        self.home.mkdir()
        self.log_file = folder / "log"
        self.env = {
            "PATH": str(self.bin),
            "HOME": str(self.home),
            "FAKE_LOG": str(self.log_file),
        }

    @property
    def script(self) -> str:
        return str(self.root / "create_env.sh")

    def start(self, *command: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            env=self.env | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,
            # Ctrl-C is ignored where the tests themselves run in a shell's background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        process = self.start(self.script, *arguments, **changes)
        out, err = process.communicate(timeout=20)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def log(self) -> list[str]:
        """What python and pip were asked since the last look."""
        lines = self.log_file.read_text().splitlines() if self.log_file.exists() else []
        self.log_file.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def pip_call(extras: str) -> str:
    return (
        "pip install --disable-pip-version-check --no-input --no-user "
        f"--constraint constraints.txt --editable .[{extras}]"
    )


def complaint(run: subprocess.CompletedProcess[str]) -> str:
    """The one line a failed run ends with; nothing of it went to standard output."""
    assert run.returncode != 0
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert [line for line in lines if line.startswith("create_env.sh: ")] == lines[-1:]
    return lines[-1]


def test_first_run_makes_the_environment_and_runs_the_command(checkout: Checkout) -> None:
    run = checkout.run("show", "two words", "*", "")
    assert run.stdout == "<two words><*><>", "messages stay off standard output"
    assert run.returncode == 7, "the command's own exit code"
    assert checkout.log() == ["venv", pip_call("all")]
    assert (checkout.root / ".venv/bin/python").exists()


def test_second_run_has_nothing_to_do_and_is_quick(checkout: Checkout) -> None:
    checkout.run("gene-tui")
    checkout.log()
    started = time.perf_counter()
    run = checkout.run("gene-tui")
    assert time.perf_counter() - started < 1
    assert (run.stdout, run.stderr) == ("answer\n", "")
    assert checkout.log() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_file_refreshes_once(checkout: Checkout, name: str) -> None:
    checkout.run("gene-tui")
    checkout.log()
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    assert checkout.run("gene-tui").stdout == "answer\n"
    assert checkout.log() == [pip_call("all")], "the same environment, installed again"
    checkout.run("gene-tui")
    assert checkout.log() == []


@pytest.mark.parametrize("tool", ["pytest", "ruff", "mypy", "lint-imports"])
def test_development_commands_get_the_development_tools(checkout: Checkout, tool: str) -> None:
    checkout.run("gene-tui")
    checkout.log()
    assert checkout.run(tool).returncode == 0
    assert checkout.log() == [pip_call("dev")]
    checkout.run("gene-tui")
    assert checkout.log() == [], "dev has more than all"


def test_a_refresh_keeps_the_development_tools(checkout: Checkout) -> None:
    checkout.run("pytest")
    checkout.log()
    (checkout.root / "constraints.txt").write_text("numpy==2.0.1\n")
    checkout.run("gene-tui")
    assert checkout.log() == [pip_call("dev")]


def test_without_a_command_it_says_what_to_do_next(checkout: Checkout) -> None:
    run = checkout.run()
    assert run.returncode == 0
    for step in ("gene-tui query", "pytest", "source create_env.sh"):
        assert step in run.stderr


def test_help_makes_nothing(checkout: Checkout) -> None:
    run = checkout.run("--help")
    assert "./create_env.sh pytest" in run.stdout
    assert "set -euo" not in run.stdout
    assert not (checkout.root / ".venv").exists()


def test_nothing_outside_the_checkout_is_touched(checkout: Checkout) -> None:
    checkout.run("gene-tui")
    assert list(checkout.home.iterdir()) == []
    made = {path.name for path in checkout.root.iterdir()}
    assert made - {".venv.lock"} == {".venv", "constraints.txt", "create_env.sh", "pyproject.toml"}


def test_modules_from_elsewhere_stay_out(checkout: Checkout) -> None:
    _script(checkout.bin / "show", '#!/usr/bin/env bash\necho "${PYTHONPATH-none}"\n')
    assert checkout.run("show", PYTHONPATH="/elsewhere").stdout == "none\n"


def test_unknown_command(checkout: Checkout) -> None:
    run = checkout.run("gene-tiu")
    assert "no command gene-tiu" in complaint(run)
    assert run.returncode == 127


# --- what can be wrong with the machine --------------------------------------------------------


def test_old_python(checkout: Checkout) -> None:
    line = complaint(checkout.run("gene-tui", FAKE_VERSION="3.9.18"))
    assert "needs Python 3.11 or newer" in line
    assert "3.9.18 (python3)" in line
    assert "micromamba create" in line
    assert checkout.log() == []


@pytest.mark.parametrize("version", ["3.11.0", "3.14.2", "4.0.0"])
def test_new_enough_python(checkout: Checkout, version: str) -> None:
    assert checkout.run("gene-tui", FAKE_VERSION=version).stdout == "answer\n"


def test_a_newer_python_beside_an_old_one_is_found(checkout: Checkout) -> None:
    _script(checkout.bin / "python3.12", PYTHON)
    _script(checkout.bin / "python3", PYTHON.replace("${FAKE_VERSION:-3.11.9}", "3.9.18"))
    assert checkout.run("gene-tui").stdout == "answer\n"


def test_no_python(checkout: Checkout) -> None:
    (checkout.bin / "python3").unlink()
    line = complaint(checkout.run("gene-tui"))
    assert "found none" in line
    assert "micromamba create" in line


def test_chosen_python_that_does_not_run(checkout: Checkout) -> None:
    line = complaint(checkout.run("gene-tui", GENE_TUI_PYTHON="/no/python"))
    assert "GENE_TUI_PYTHON=/no/python does not run" in line


def test_missing_venv_module(checkout: Checkout) -> None:
    line = complaint(checkout.run("gene-tui", FAKE_NO_VENV="1"))
    assert "no venv module" in line
    assert "python3-venv" in line


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("WARNING: Retrying after connection broken\nERROR: No matching distribution", "network"),
        ("ERROR: No matching distribution found for numba==0.1", "GENE_TUI_PYTHON="),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: ResolutionImpossible: for help visit", "different versions"),
        ("   OSError: Readme file is missing\nerror: failed", "OSError: Readme file is missing"),
        ("", "see the log"),
    ],
)
def test_failed_installation_says_why_and_is_tried_again(
    checkout: Checkout, said: str, told: str
) -> None:
    line = complaint(checkout.run("gene-tui", FAKE_PIP_EXIT="1", FAKE_PIP_SAYS=said))
    assert told in line
    assert ".venv/install.log" in line
    assert checkout.log() == ["venv", pip_call("all")]
    assert checkout.run("gene-tui").stdout == "answer\n"
    assert checkout.log() == [pip_call("all")]


def test_read_only_checkout(checkout: Checkout) -> None:
    checkout.root.chmod(0o555)
    try:
        if os.access(checkout.root, os.W_OK):
            pytest.skip("this user may write everywhere")
        assert "cannot be written" in complaint(checkout.run("gene-tui"))
    finally:
        checkout.root.chmod(0o755)


# --- what can happen on the way ----------------------------------------------------------------


def wait_until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.02)


def test_an_interrupted_installation_starts_again_from_empty(checkout: Checkout) -> None:
    process = checkout.start(checkout.script, "gene-tui", FAKE_PIP_TAKES="20")
    wait_until(lambda: checkout.log_file.exists() and "pip" in checkout.log_file.read_text())
    half_copied = checkout.root / ".venv" / "half copied"
    half_copied.touch()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT)
    assert "interrupted" in err
    (checkout.log_file.parent / "log.busy").rmdir()
    checkout.log()
    assert checkout.run("gene-tui").stdout == "answer\n"
    assert checkout.log() == ["venv", pip_call("all")]
    assert not half_copied.exists()


@pytest.mark.skipif(shutil.which("flock") is None, reason="this system has no flock")
def test_two_runs_at_once_take_turns(checkout: Checkout) -> None:
    runs = [checkout.start(checkout.script, "gene-tui", FAKE_PIP_TAKES="0.3") for _ in range(3)]
    for process in runs:
        assert process.communicate(timeout=20)[0] == "answer\n"
    assert checkout.log() == ["venv", pip_call("all")], "one installs, the others wait"


def test_a_moved_checkout_gets_a_new_environment(checkout: Checkout) -> None:
    checkout.run("gene-tui")
    checkout.log()
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.run("gene-tui").stdout == "answer\n"
    assert checkout.log() == ["venv", pip_call("all")]


def test_two_ways_to_the_same_checkout_share_its_environment(checkout: Checkout) -> None:
    checkout.run("gene-tui")
    checkout.log()
    checkout.root.with_name("link").symlink_to(checkout.root)
    checkout.root = checkout.root.with_name("link")
    assert checkout.run("gene-tui").stdout == "answer\n"
    assert checkout.log() == []


def test_uv_is_used_where_present(checkout: Checkout) -> None:
    _script(checkout.bin / "uv", UV)
    assert checkout.run("gene-tui").stdout == "answer\n"
    made, installed = checkout.log()
    assert made.startswith("uv venv ")
    assert "--no-python-downloads" in made, "nothing outside the checkout"
    assert installed.startswith("uv pip install ")
    assert installed.endswith("--constraint constraints.txt --editable .[all]")


# --- source create_env.sh ----------------------------------------------------------------------

SHELLS = [
    pytest.param(
        shell,
        marks=pytest.mark.skipif(shutil.which(shell) is None, reason=f"this system has no {shell}"),
    )
    for shell in ("bash", "zsh")
]


@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_leaves_the_environment_active(checkout: Checkout, shell: str) -> None:
    code = f"set -u; source '{checkout.script}'; false; echo $VIRTUAL_ENV; echo ${{root-none}}"
    process = checkout.start(str(shutil.which(shell)), "-c", code)
    out, _ = process.communicate(timeout=20)
    assert out.splitlines() == [str(checkout.root / ".venv"), "none"], (
        "active, and neither errexit nor a variable of the script reached the shell"
    )
    assert process.returncode == 0


@pytest.mark.parametrize("shell", SHELLS)
def test_failed_sourcing_leaves_the_shell_alive(checkout: Checkout, shell: str) -> None:
    code = f"source '{checkout.script}'; echo alive $? ${{VIRTUAL_ENV-none}}"
    process = checkout.start(str(shutil.which(shell)), "-c", code, FAKE_VERSION="3.8.0")
    out, err = process.communicate(timeout=20)
    assert out == "alive 1 none\n"
    assert "needs Python 3.11" in err
