"""How fast ``gene-tui import`` reads a large text file, beside one plain read of the same file.

    python benchmarks/importing.py [--genes 40000] [--dims 275] [--folder FOLDER]

40,000 human genes × 275 numbers as csv, TSV and JSON (an object of lists, records one a line, and
two lists), 105 to 117 MB each; half the names are symbols, half Ensembl IDs, so that all of them
meet the table of human genes. The import is the whole command in a process of its own, start and
writing included, but nothing prepared (``--no-derive``); the plain reads, each in a process of its
own too, are pandas' and the json module's. Seconds are of CPU, user and system, MB/s the file's
size by them: the best of the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from gene_tui import paths
from gene_tui.arrays import Matrix
from gene_tui.genes.human import ASSET

PLAIN = {
    "csv": "import pandas; pandas.read_csv({file!r}, index_col=0)",
    "tsv": "import pandas; pandas.read_csv({file!r}, index_col=0, sep='\\t')",
    "json": "import json; json.load(open({file!r}))",
    "records": "import json; [json.loads(line) for line in open({file!r})]",
    "lists": "import json; json.load(open({file!r}))",
    "npz": "import numpy; numpy.load({file!r})['embeddings']",
}


def files_of(folder: Path) -> dict[str, Path]:
    """Each form and its file."""
    endings = {"records": "jsonl", "lists": "lists.json"}
    return {form: folder / f"genes.{endings.get(form, form)}" for form in PLAIN}


def names(count: int) -> list[str]:
    """Symbols of human genes, and Ensembl IDs in every second place as far as there are any."""
    text = gzip.decompress(paths.asset(ASSET).read_bytes()).decode()
    rows = [line.split("\t")[:2] for line in text.splitlines()[1:]]
    order = np.random.default_rng(3).permutation(len(rows))[:count].tolist()
    found = []
    for place, row in enumerate(order):
        symbol, ids = rows[row]
        found.append(ids.split("|")[0] if place % 2 and ids else symbol)
    return found


def write(folder: Path, labels: Sequence[str], vectors: Matrix) -> dict[str, Path]:
    """The vectors as each format has them; the format → its file."""
    made = files_of(folder)
    cells = [[f"{number:.6f}" for number in row] for row in vectors.tolist()]
    titles = ["gene", *(f"dim_{place}" for place in range(vectors.shape[1]))]
    for form, mark in (("csv", ","), ("tsv", "\t")):
        lines = [mark.join([name, *row]) for name, row in zip(labels, cells, strict=True)]
        made[form].write_text("\n".join([mark.join(titles), *lines, ""]))
    named = [
        (json.dumps(name), f"[{', '.join(row)}]") for name, row in zip(labels, cells, strict=True)
    ]
    made["json"].write_text("{" + ", ".join(f"{name}: {row}" for name, row in named) + "}")
    records = [f'{{"gene": {name}, "embedding": {row}}}\n' for name, row in named]
    made["records"].write_text("".join(records))
    genes, rows = (", ".join(column) for column in zip(*named, strict=True))
    made["lists"].write_text(f'{{"genes": [{genes}], "embeddings": [{rows}]}}')
    np.savez(made["npz"], genes=np.array(labels), embeddings=vectors)
    return made


def cpu_s(command: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds of CPU of a command, which must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def best(rounds: int, work: Callable[[], float]) -> float:
    return min(work() for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--genes", type=int, default=40_000)
    parser.add_argument("--dims", type=int, default=275)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forms", nargs="*", default=list(PLAIN))
    parser.add_argument("--folder", type=Path, help="keep the files there, and use those it has")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = chosen.folder or Path(passing)
        made = files_of(folder)
        if not all(file.exists() for file in made.values()):
            random = np.random.default_rng(5)
            vectors = random.normal(size=(chosen.genes, chosen.dims)).astype(np.float32)
            made = write(folder, names(chosen.genes), vectors)
        environment = os.environ | {"HOME": passing, "XDG_DATA_HOME": "", "XDG_CACHE_HOME": ""}
        # An installed program is compiled already.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        print("format        MB   import s   MB/s   plain read s   MB/s")
        for form in chosen.forms:
            file = made[form]
            command = [sys.executable, "-m", "gene_tui", "import", str(file), "--no-derive"]
            command += ["--replace", "--name", form]
            plain = [sys.executable, "-c", PLAIN[form].format(file=str(file))]
            size = file.stat().st_size / 1e6
            ours, other = (
                best(chosen.rounds, partial(cpu_s, it, environment)) for it in (command, plain)
            )
            print(
                f"{form:8}{size:8.1f}{ours:11.2f}{size / ours:7.1f}{other:15.2f}{size / other:7.1f}"
            )


if __name__ == "__main__":
    main()
