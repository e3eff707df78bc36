"""Peak memory of every way to use the program, on the real human embedding.

    ./create_env.sh python benchmarks/memory.py [--scan SECONDS] [--no-app]

Makes the space anew in this home. Peaks are the system's: pages of the program's libraries and of
mapped files that were looked at count too, as long as they lay in memory. The search of the whole
space is stopped after SECONDS (60), when it takes what it will take.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from common import real_data  # noqa: E402

NAME = "human-expression"
PROGRAM = [sys.executable, "-m", "gene_tui"]
PAIRS = "HBA1 : HBB", "TP53 : MYC", "GAD1 : GAD2", "ALB : APOA1", "CD4 : CD8A", "INS : GCG"
#: By the twelfth question the compiled loops are there; then one of each kind.
MANY = [*PAIRS, *PAIRS, "HBA1 + HBB :: ? + ?", "HBA1 : HBB"]
ASKED = (
    ("HBA1", "50 genes"),
    ("HBA1 : HBB", "50 pairs"),
    ("HBA1 + HBB :: ? + ?", "50 pairs"),
    ("HBA1 : HBB :: TP53 : ?", "50 genes"),
)


def peak(*arguments: str, text: str = "", seconds: float | None = None) -> float:
    """MB of a command of the program at most; it is told to stop after so many seconds."""
    with tempfile.TemporaryFile("w+") as given:
        given.write(text)
        given.seek(0)
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    timer = threading.Timer(seconds or 0, process.send_signal, [signal.SIGINT])
    if seconds:
        timer.start()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    timer.cancel()
    if process.returncode and not seconds:
        sys.exit(f"gene-tui {' '.join(arguments)} ended with {process.returncode}")
    return used.ru_maxrss / 1024


def app() -> list[tuple[str, float]]:
    """The app's peaks: ready, and after each question."""
    from tests.ui.pseudo_terminal import Program, gene_tui

    program = Program(gene_tui("--space", NAME))

    def most() -> float:
        program.until_quiet(2)
        status = Path(f"/proc/{program.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    try:
        program.until_shown("genes ×")
        found = [("app: space open, everything at hand", most())]
        for question, shows in ASKED:
            program.ask(question, shows)
            found.append((f"app: then {question}", most()))
    finally:
        program.close()
    return found


def main() -> None:
    """Print a peak a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scan", type=float, default=60.0)
    parser.add_argument("--no-app", action="store_true")
    asked = parser.parse_args()

    def say(what: str, mb: float) -> None:
        print(f"{what}: {mb:.0f} MB", flush=True)

    source, genes = real_data() / "seed_layout" / "geneformer", real_data() / "annotations"
    annotated = ("--annotations", str(genes / "Homo_sapiens.gene_info.gz"))
    making = ("import", str(source), "--name", NAME, "--replace", *annotated)
    say("import, everything prepared", peak(*making))
    ask = ("--space", NAME, "query")
    for question in ("HBA1", "HBA1 : HBB", "HBA1 + HBB :: ? + ?", "HBA1 : HBB :: TP53 : ?"):
        say(f"one command, {question}", peak(*ask, question))
    say("one command, HBA1 : ?", peak(*ask, "HBA1 : ?", "--cap", "0.8"))
    lines = "\n".join(MANY)
    say(f"{len(MANY)} questions in one command", peak(*ask, "-", text=lines))
    far = ("-", "--metric", "euclidean")
    say(f"{len(MANY)} questions by distance", peak(*ask, *far, text=lines))
    limits = ("-k", "1000", "--cap", "0.8")
    say("? : ?, its first 4,000 rows", peak(*ask, "? : ?", *limits, "--truncate", "4000"))
    with tempfile.TemporaryDirectory() as folder:
        out = ("scan", NAME, *limits, "-o", str(Path(folder) / "scan"))
        say(f"? : ?, {asked.scan:.0f} s of it", peak(*out, seconds=asked.scan))
    if not asked.no_app:
        for what, mb in app():
            say(what, mb)


if __name__ == "__main__":
    main()
