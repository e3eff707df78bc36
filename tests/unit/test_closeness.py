"""Gene sets as a judge of a space: areas counted by hand, figures known, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gene_tui.errors import Cancelled, NoAnswer
from gene_tui.evaluate.closeness import Closeness, set_closeness
from gene_tui.evaluate.score_tables import to_markdown, to_text
from gene_tui.run import Run
from gene_tui.session import Session, open_space
from tests.cli import run

Made = Callable[[dict[str, list[float]]], Session]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Makes a space of named vectors."""

    def make(rows: dict[str, list[float]]) -> Session:
        lines = [" ".join([name, *map(repr, vector)]) for name, vector in rows.items()]
        source = tmp_path / "few.txt"
        source.write_text(f"{len(rows)} {len(next(iter(rows.values())))}\n" + "\n".join(lines))
        return open_space(source)

    return make


def _gmt(folder: Path, sets: dict[str, list[str]]) -> Path:
    file = folder / "sets.gmt"
    file.write_text("".join(f"{name}\tna\t" + "\t".join(of) + "\n" for name, of in sets.items()))
    return file


def test_areas_are_those_of_all_pairs(made: Made, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    words = [f"word{place}" for place in range(40)]
    vectors = draw.normal(size=(40, 4)).astype(np.float32)
    vectors[7] = 0
    vectors[9] = vectors[8]
    session = made({word: row.tolist() for word, row in zip(words, vectors, strict=True)})
    sets = {"first": words[:12], "second": words[5:25], "few": words[:4], "all": words[:30]}
    found = set_closeness(session, _gmt(tmp_path, sets))
    rows = [[row for row in range(40) if words[row] in of and row != 7] for of in sets.values()]
    units = vectors.astype(np.float64)
    units[7] = 1
    units /= np.linalg.norm(units, axis=1)[:, None]

    def cosines(of: list[int]) -> list[float]:
        return [float(round(units[a] @ units[b], 12)) for a in of for b in of if a < b]

    others = np.array(cosines(rows[3]))
    expected = [
        np.mean([((value > others) + 0.5 * (value == others)).mean() for value in cosines(of)])
        for of in (rows[0], rows[1], rows[3])
    ]
    assert [one.auc for one in found.sets] == pytest.approx(expected, abs=1e-12)
    assert [(one.name, one.genes, one.present) for one in found.sets] == [
        ("first", 12, 11),
        ("second", 20, 19),
        ("all", 30, 29),
    ]
    assert (found.joined, found.genes, found.sets_in_file) == ("name", 29, 4)
    assert found.pairs == 29 * 28 // 2
    assert found.sets[2].auc == 0.5
    assert found.overall.auc == pytest.approx(np.mean(expected))
    assert found.overall.low <= found.overall.auc <= found.overall.high
    assert [(one.smallest, one.sets) for one in found.by_size] == [(10, 2), (20, 1)]


def test_genes_are_joined_by_the_id_of_their_symbol(made: Made, tmp_path: Path) -> None:
    ids = {
        "HBA1": "ENSG00000206172.9",
        "HBA2": "ENSG00000188536",
        "HBB": "ENSG00000244734",
        "INS": "ENSG00000254647.7",
        "GCG": "ENSG00000115263",
        "SST": "ENSG00000157005",
    }
    session = made({id_: [place + 1.0, 1.0] for place, id_ in enumerate(ids.values())})
    found = set_closeness(session, _gmt(tmp_path, {"six": [*ids, "NOSUCH", "gcg"]}))
    assert found.joined == "id"
    assert [(one.genes, one.present) for one in found.sets] == [(8, 6)]


def test_no_set_is_large_enough(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=r"no set of sets.gmt has 5 to 100 genes in demonstration"):
        set_closeness(open_space(), _gmt(tmp_path, {"few": ["HBA1", "HBA2", "NOSUCH"]}))
    with pytest.raises(Cancelled):
        set_closeness(
            open_space(), _gmt(tmp_path, {"few": ["HBA1"]}), run=Run(cancelled=lambda: True)
        )


def test_the_command_prints_all_formats(tmp_path: Path) -> None:
    globins = ["HBA1", "HBA2", "HBB", "HBD", "HBG1", "HBG2", "HBE1", "HBZ"]
    file = str(_gmt(tmp_path, {"glo|bins": globins, "GO:0000001": ["INS"]}))
    form = run("evaluate", "--gmt", file, "--format", "json").json
    assert form["overall"]["sets"] == len(form["sets"]) == 1 and form["sets_in_file"] == 2
    assert form["sets"][0]["name"] == "glo|bins" and form["joined"] == "id"
    table = run("evaluate", "--gmt", file)
    assert "1 of 2 with 5 to 100 genes in the space" in table.out
    assert "| glo\\|bins | 8 |" in run("evaluate", "--gmt", file, "--format", "markdown").out
    both = run("evaluate", "--gmt", file, "--pairs", file)
    assert both.code == 2 and "one of them at a time" in both.err
    assert run("evaluate", "--gmt", str(tmp_path / "none.gmt")).code == 3


@pytest.mark.real_data
def test_the_human_space_has_the_figure_of_an_independent_script(
    human: Path, real_data: Path
) -> None:
    session = open_space(human)
    file = real_data / "gene_sets" / "ReactomePathways_2024-09-18.gmt"
    found = set_closeness(session, file)
    assert found.overall.auc == pytest.approx(0.666, abs=0.005)
    assert found.overall.low == pytest.approx(0.661, abs=0.005)
    assert found.overall.high == pytest.approx(0.672, abs=0.005)
    assert (found.overall.sets, found.pairs, found.joined) == (1_799, 400_000, "id")
    _is_printed(found)


def _is_printed(found: Closeness) -> None:
    json.dumps(found.to_json(), allow_nan=False)
    text = to_text(found, width=70)
    assert max(map(len, text.splitlines())) <= 70 and "Loosest" in text
    assert "## Closest" in to_markdown(found)
