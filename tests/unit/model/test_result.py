"""Results as JSON and as data frames."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from gene_tui.model.options import Options
from gene_tui.model.result import Hit, Result
from tests.unit.results import HBA1, HBA2, HBB, WORD, nearest, result

KEYS = {
    "schema",
    "query",
    "canonical",
    "kind",
    "query_genes",
    "space",
    "metric",
    "measure",
    "options",
    "transforms",
    "exact",
    "complete",
    "method",
    "elapsed_s",
    "load_s",
    "z_by_chance",
    "hits",
    "notes",
}


def plain(value: object) -> bool:
    """Only what JSON has, to the last leaf, and exactly those types."""
    if isinstance(value, dict):
        return all(type(key) is str and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(plain, value))
    return value is None or type(value) in (str, int, float, bool)


def test_json_has_the_documented_keys() -> None:
    options = Options(k=5, cap=0.8, per_gene=2, within="list.txt", type="ncRNA", truncate=100)
    form = nearest(options=options, transforms=("center", "unit"), notes=("so it is",)).to_json()
    assert set(form) == KEYS
    assert form["query"] == form["canonical"] == "HBA1"
    assert form["kind"] == "nearest"
    assert form["space"] == {
        "name": "human-expression",
        "genes": 20_829,
        "dims": 256,
        "fingerprint": "3f2a90c1",
    }
    assert form["options"] == {
        "k": 5,
        "cap": 0.8,
        "per_gene": 2,
        "within": "list.txt",
        "type": "ncRNA",
        "truncate": 100,
    }
    assert (form["metric"], form["measure"]) == ("cosine", None)
    assert form["transforms"] == ["center", "unit"]
    assert form["notes"] == ["so it is"]
    assert form["hits"][0] == {
        "rank": 1,
        "genes": [
            {
                "label": "ENSG00000188536",
                "id": "ENSG00000188536",
                "symbol": "HBA2",
                "name": "hemoglobin subunit alpha 2",
                "url": "https://www.proteinatlas.org/ENSG00000188536",
            }
        ],
        "score": 0.98765432109,
        "z": 7.25,
        "rarity": 601.0,
        "rarity_of": 600,
        "rarity_count": 0,
        "back": 2,
        "mutual_rank": 2**0.5,
    }
    assert plain(form)
    assert json.loads(json.dumps(form, allow_nan=False)) == form


def test_json_of_a_word_has_nulls() -> None:
    form = result("New_York", [Hit(1, (WORD,), 0.5)], (WORD,)).to_json()
    nothing = {"label": "New_York", "id": None, "symbol": None, "name": None, "url": None}
    unknown = dict.fromkeys(("rarity", "rarity_of", "rarity_count", "back", "mutual_rank"))
    assert form["query_genes"] == [nothing]
    assert form["hits"] == [{"rank": 1, "genes": [nothing], "score": 0.5, "z": None, **unknown}]


def test_json_of_a_comparison_has_ranks_and_percentile() -> None:
    hit = Hit(1, (), 0.5, z=4.0, rank_ab=2, rank_ba=7, percentile=99.9)
    (form,) = result("HBA1 ~ HBB", [hit], (HBA1, HBB)).to_json()["hits"]
    assert form["genes"] == []
    assert (form["rank_ab"], form["rank_ba"], form["percentile"]) == (2, 7, 99.9)


def test_json_never_holds_nan_infinity_or_numpy_numbers() -> None:
    hit = Hit(1, (), np.float64(0.5), z=math.nan, rarity=-math.inf, percentile=np.float32(50))
    form = result("A ~ B", [hit], elapsed_s=math.nan, options=Options(cap=math.inf)).to_json()
    assert plain(form)
    assert json.dumps(form, allow_nan=False)
    assert form["hits"][0]["z"] is None
    assert form["hits"][0]["percentile"] == 50.0
    assert form["options"]["cap"] is None


def test_frame_of_pairs() -> None:
    frame = result(
        "HBA1 : HBB", [Hit(1, (HBA2, WORD), 0.5, rarity=1.5, rarity_of=5, back=3)]
    ).to_frame()
    assert list(frame.columns) == [
        "rank",
        *["gene1", "id1", "symbol1", "name1", "gene2", "id2", "symbol2", "name2"],
        *["score", "z", "rarity", "rarity_of", "rarity_count", "back", "mutual_rank"],
        *["cos_ac", "cos_bd"],
    ]
    assert frame.loc[0, "gene1"] == "ENSG00000188536"
    assert frame.loc[0, "gene2"] == "New_York"
    assert frame.loc[0, "symbol2"] == ""
    assert frame.loc[0, "rarity"] == 1.5 and frame.loc[0, "back"] == 3
    assert np.isnan(frame.loc[0, "z"])
    assert all(frame[name].dtype == np.float64 for name in ("score", "z", "rarity", "mutual_rank"))


def test_frame_of_a_comparison() -> None:
    frame = result("HBA1 ~ HBB", [Hit(1, (), 0.5, rank_ab=2, percentile=99.0)]).to_frame()
    assert list(frame.columns)[-3:] == ["rank_ab", "rank_ba", "percentile"]
    assert frame.loc[0, "rank_ab"] == 2
    assert pd.isna(frame.loc[0, "rank_ba"])


@pytest.mark.parametrize(
    ("text", "count"), [("A", 12), ("A ~ B", 11), ("? ~ ?", 16), ("A : ?", 20), ("? : ?", 24)]
)
def test_a_frame_without_hits_keeps_its_columns(text: str, count: int) -> None:
    empty = result(text, [])
    frame = empty.to_frame()
    assert len(frame) == 0
    assert tuple(frame.columns) == empty.columns
    assert len(frame.columns) == count


def test_records_are_the_frame_without_pandas() -> None:
    answer: Result = nearest()
    frame = answer.to_frame()
    assert pd.DataFrame(answer.records()).astype(frame.dtypes).equals(frame)


def test_results_and_grammar_import_nothing_heavy() -> None:
    code = (
        "import sys, gene_tui.language.parser, gene_tui.model.result, gene_tui.export.results,"
        " gene_tui.export.results\n"
        "print([m for m in ('numpy', 'pandas', 'rich', 'textual') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
