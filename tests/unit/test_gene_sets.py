"""The gene sets in the box, and what uses them where no others are named."""

from __future__ import annotations

import gzip
import runpy
from pathlib import Path

import pytest

import gene_tui
from gene_tui import paths
from gene_tui.enrich import enrich, locate, of_result
from gene_tui.evaluate.closeness import set_closeness
from gene_tui.lists.gmt import ASSET, in_the_box, read_gmt
from tests.cli import run

ROOT = Path(__file__).parents[2]
USED = "gene sets: Reactome-2024-09-18 (in the box)"


def test_the_script_makes_the_same_bytes(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "gene_sets" / "ReactomePathways_2024-09-18.gmt"
    if not source.is_file():
        pytest.skip(f"no gene sets at {source}")
    script = runpy.run_path(str(ROOT / "assets" / "make_gene_sets.py"))
    assert script["main"]([str(source), str(tmp_path / ASSET)]) == 0
    assert (tmp_path / ASSET).read_bytes() == paths.asset(ASSET).read_bytes()


def test_sets_without_genes_are_left_out_and_order_does_not_matter(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "assets" / "make_gene_sets.py"))
    lines = ["Two\tR-HSA-2\tA\tB\n", "None\tR-HSA-3\n", "One\tR-HSA-1\tC\n"]
    for number, order in enumerate((lines, lines[::-1])):
        (tmp_path / "x.gmt").write_text("".join(order))
        assert script["main"]([str(tmp_path / "x.gmt"), str(tmp_path / f"{number}.gz")]) == 0
        made = gzip.decompress((tmp_path / f"{number}.gz").read_bytes()).decode()
        assert made == lines[2] + lines[0]


def test_the_box_holds_pathways() -> None:
    sets = {one.name: one for one in read_gmt(in_the_box())}
    assert len(sets) > 2_500
    assert {"IFI6", "MX1", "STAT1"} <= set(sets["Interferon alpha/beta signaling"].genes)
    assert all(one.about.startswith("R-HSA-") for one in sets.values())


def test_enrich_takes_them_and_says_so() -> None:
    done = run("enrich", "--query", "HBA1", "-k", "20")
    assert done.code == 0, done.err
    assert "Factors involved in megakaryocyte" in done.out and USED in done.err
    form = run("enrich", "HBA1, HBA2, HBB, HBD", "--all", "--format", "json").json
    assert USED in form["notes"]


def test_a_file_or_the_setting_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "own.gmt"
    file.write_text("GLOBINS\tna\tHBA1\tHBA2\tHBB\tHBD\tHBG1\n")
    asked = ("enrich", "HBA1, HBA2, HBB", "--all")
    done = run(*asked, "--gmt", str(file))
    assert "GLOBINS" in done.out and "gene sets: own" in done.err and USED not in done.err
    settings = paths.config_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f'gene_sets = "{file}"\n')
    done = run(*asked)
    assert "GLOBINS" in done.out and "gene sets: own" in done.err


def test_a_query_names_them() -> None:
    for typed in ('@"Striated Muscle Contraction"', "@R-HSA-390522"):
        done = run("query", typed, "-k", "3")
        assert done.code == 0, done.err
        assert "Striated Muscle Contraction of Reactome-2024-09-18" in done.err
    done = run("query", '@"Interferon alpha/beta signaling"')
    assert done.code == 3 and 'hint: the gene set is @set:"Interferon alpha/beta' in done.err
    done = run("query", '@set:"Interferon alpha/beta signaling"', "-k", "3")
    assert done.code == 0 or "members" in done.err
    done = run("query", "@nosuchset")
    assert done.code == 1 and f"hint: gene sets are those of {ASSET}" in done.err


def test_evaluate_judges_by_them() -> None:
    done = run("evaluate", "--sets")
    assert done.code == 0, done.err
    assert ASSET in done.out
    assert run("evaluate", "--sets", "--pairs", "x.txt").code == 2


def test_python_takes_them_too() -> None:
    session = gene_tui.open_space()
    listed = of_result(session, session.query("HBA1", k=20))
    found = enrich(session, listed, locate(session))
    assert USED in found.notes
    judged = set_closeness(session)
    assert judged.gmt_file.endswith(ASSET) and judged.overall.auc > 0.5
