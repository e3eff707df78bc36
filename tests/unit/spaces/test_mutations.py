"""Space folders damaged at random: an error of one line, or the very same answer.

``GENE_TUI_TRIES`` sets how many are tried.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.errors import GeneTuiError
from gene_tui.model.gene import Gene
from gene_tui.session import Session, open_space
from gene_tui.spaces import store
from gene_tui.spaces.source import Block, Source
from tests.cli import run

TRIES = int(os.environ.get("GENE_TUI_TRIES", "24"))
QUESTIONS = [
    ("S1", {}),
    ("S1 ~ S2", {}),
    ("S1 : S2", {}),
    ("S1 : S2 :: S3 : ?", {}),
    ("S4 - S5 + S6", {"metric": "euclidean"}),
    ("S7", {"truncate": 30}),
]


def made(folder: Path, seed: int) -> Path:
    """A prepared space of 40 genes with symbols and types."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((40, 6)).astype(np.float32)
    labels = [f"ENSG{row:011d}" for row in range(40)]
    source = Source("test", 6, 40, iter([Block(labels, rows)]), (folder,))

    def named(*_: object) -> tuple[list[Gene], str, list[str]]:
        genes = [
            Gene(row, label, label, f"S{row + seed}", f"gene {row}", "protein-coding")
            for row, label in enumerate(labels)
        ]
        return genes, "ensembl", []

    space = store.write(source, folder / f"space-{seed}", name="s", annotator=named)
    Session(space).prepare()
    return space.folder


def answers(folder: Path) -> list[Any]:
    """What is answered, or the error's class and message, for each question."""
    found: list[Any] = []
    for text, options in QUESTIONS:
        try:
            result = open_space(str(folder)).query(text, k=5, **options)  # type: ignore[arg-type]
        except GeneTuiError as error:
            assert "\n" not in error.message and error.message
            found.append(None)
        else:
            hits = [
                (
                    tuple((gene.row, gene.label, gene.symbol, gene.name) for gene in hit.genes),
                    round(hit.score, 12),
                    *(hit.z, hit.rarity, hit.back, hit.rank_ab, hit.rank_ba),
                )
                for hit in result.hits
            ]
            found.append((hits, result.exact))
    return found


def flip(file: Path, _other: Path, dice: random.Random) -> None:
    body = bytearray(file.read_bytes())
    for _ in range(dice.choice([1, 1, 2, 8])):
        if body:
            body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    file.write_bytes(body)


def cut(file: Path, _other: Path, dice: random.Random) -> None:
    body = file.read_bytes()
    file.write_bytes(body[: dice.randrange(len(body) + 1)])


def grow(file: Path, _other: Path, dice: random.Random) -> None:
    with file.open("ab") as handle:
        handle.write(dice.randbytes(dice.choice([1, 8, 1000])))


def move_bytes(file: Path, _other: Path, dice: random.Random) -> None:
    body = bytearray(file.read_bytes())
    size = min(len(body) // 2, dice.choice([4, 24, 240]))
    one, two = (dice.randrange(len(body) - size + 1) for _ in range(2))
    body[one : one + size], body[two : two + size] = (
        body[two : two + size],
        body[one : one + size],
    )
    file.write_bytes(body)


def empty(file: Path, _other: Path, _dice: random.Random) -> None:
    file.write_bytes(b"")


def lose(file: Path, _other: Path, _dice: random.Random) -> None:
    file.unlink()


def another(file: Path, other: Path, _dice: random.Random) -> None:
    shutil.copy(other, file)


def link(file: Path, other: Path, dice: random.Random) -> None:
    file.unlink()
    file.symlink_to(dice.choice([other, Path("/dev/zero"), Path("/nowhere"), file, Path("/")]))


def pipe(file: Path, _other: Path, _dice: random.Random) -> None:
    file.unlink()
    os.mkfifo(file)


def folder(file: Path, _other: Path, _dice: random.Random) -> None:
    file.unlink()
    file.mkdir()


def forbid(file: Path, _other: Path, dice: random.Random) -> None:
    dice.choice([file, file.parent]).chmod(0)


def retype(file: Path, _other: Path, dice: random.Random) -> None:
    if file.suffix == ".json":
        told = json.loads(file.read_text())
        wrong = [None, "../x", 10**40, -1, [], {}, "\x1b[2J", [[[]]], float("nan"), "x" * 9999]
        told[dice.choice(sorted(told))] = dice.choice(wrong)
        file.write_text(json.dumps(told))
    elif file.suffix == ".npy":
        array = np.load(file)
        if array.dtype.fields:
            return
        change: list[Callable[[Any], Any]] = [
            lambda it: it.astype(np.float64) if it.dtype != np.float64 else it.astype(np.int32),
            lambda it: it[::-1],
            lambda it: it[:-1],
            lambda it: np.roll(it, 1, axis=0),
            lambda it: it * 0,
            lambda it: np.concatenate([it, it]),
        ]
        np.save(file, dice.choice(change)(array))


CHANGES = [flip, flip, cut, grow, move_bytes, empty, lose, another, another]
CHANGES += [link, pipe, folder, forbid, retype, retype]


@pytest.fixture(scope="module")
def spaces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("mutations")
    return made(home, 0), made(home, 1)


@pytest.mark.parametrize("seed", range(TRIES))
def test_a_damaged_space_answers_the_same_or_not_at_all(
    spaces: tuple[Path, Path], tmp_path: Path, seed: int
) -> None:
    pristine, other = spaces
    right = answers(pristine)
    assert all(one is not None and one[1] for one in right)
    dice = random.Random(seed)
    damaged = tmp_path / "s"
    shutil.copytree(pristine, damaged)
    file = dice.choice(sorted(each for each in damaged.rglob("*") if each.is_file()))
    change = dice.choice(CHANGES)
    name = file.relative_to(damaged)
    twin = other / name
    with np.errstate(all="ignore"):
        change(file, twin if twin.exists() else other / "vectors.npy", dice)
    try:
        for found, wanted in zip(answers(damaged), right, strict=True):
            assert found is None or not found[1] or found == wanted, f"{change.__name__} of {name}"
        for command in (
            ["info"],
            ["verify"],
            ["verify", "--format", "json"],
            ["query", "S1", "-s"],
        ):
            done = run(*command, str(damaged))
            told = f"{change.__name__} of {name}: {done.err}"
            assert done.code in (0, 3) and "internal error" not in done.err, told
            assert "\x1b" not in done.out + done.err
    finally:
        for place in (damaged, damaged / "index", damaged / "derived"):
            if place.is_dir() and not place.is_symlink():
                place.chmod(0o755)
