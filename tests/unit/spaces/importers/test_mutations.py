"""Sound tables, changed at random as people and programs change them: read as before, or said.

A changed table must be refused, be read with a warning, or give the labels, dimensions and
vectors of the sound one. ``GENE_TUI_TRIES`` sets how many are tried (default 60); the seed of
each is its number, so that a failure is tried again alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from gene_tui.errors import FileError
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.space import Space

TRIES = int(os.environ.get("GENE_TUI_TRIES", "60"))

GENES = (  # noqa: SIM905
    "TP53 BRCA1 EGFR MYC KRAS PTEN HBA1 HBB ACTA2 NKX2-1 HLA-A HLA-B SOX2 GATA1 STAT3 JAK2 CDK4 "
    "CDK6 RB1 VEGFA IL6 TNF INS GCG ALB AFP APOE APP SNCA PARK7 LRRK2 HTT"
).split()
TISSUES = "liver brain heart lung skin blood kidney spleen".split()  # noqa: SIM905
D = len(TISSUES)
TITLES = {
    "dim": [f"dim_{i}" for i in range(D)],
    "pc": [f"PC{i}" for i in range(1, D + 1)],
    "bare": [str(i) for i in range(D)],
    "v": [f"V{i}" for i in range(1, D + 1)],
    "x": [f"x{i}" for i in range(D)],
    "tissues": TISSUES,
    "odd": [f"gene2vec_{i}" for i in range(D)],
}


@dataclass
class Grid:
    """A table as cells of text, the first row its titles, and what is true of it."""

    cells: list[list[str]]
    titled: bool = True
    done: list[str] = field(default_factory=list)
    delimiter: str = ","
    end: str = "\n"
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL

    @property
    def width(self) -> int:
        return len(self.cells[0])

    def turn(self) -> None:
        self.cells = [list(column) for column in zip(*self.cells, strict=True)]


def sound(r: random.Random) -> tuple[Grid, list[str], np.ndarray[Any, Any]]:
    """A sound table, its labels and vectors."""
    n = r.choice([12, 20, len(GENES)])
    labels = r.sample(GENES, n)
    if r.random() < 0.3:
        labels = [f"ENSG{r.randrange(10**6):011}" for _ in labels]
    digits = r.choice([3, 6, 8])
    rows = np.round(np.random.default_rng(r.randrange(10**9)).normal(size=(n, D)), digits)
    titles = TITLES[r.choice(list(TITLES))]
    corner = r.choice(
        ["gene", "", "symbol", "Protein", "Unnamed: 0", "ensembl_gene_id", "my names"]
    )
    cells = [[corner, *titles]]
    cells += [[label, *map(str, row)] for label, row in zip(labels, rows.tolist(), strict=True)]
    return Grid(cells), labels, rows


def is_gene(cell: str) -> bool:
    return cell in GENES or cell.startswith("ENSG")


def move_column(g: Grid, r: random.Random) -> None:
    a, b = r.randrange(g.width), r.randrange(g.width)
    for row in g.cells:
        row.insert(b, row.pop(a))


def move_row(g: Grid, r: random.Random) -> None:
    first = 0 if r.random() < 0.2 else 1
    a, b = r.randrange(first, len(g.cells)), r.randrange(first, len(g.cells))
    g.cells.insert(b, g.cells.pop(a))


def double_column(g: Grid, r: random.Random) -> None:
    a, b = r.randrange(g.width), r.randrange(g.width + 1)
    suffix = r.choice(["", ".1", *([] if is_gene(g.cells[0][a]) else ["_copy"])])
    for place, row in enumerate(g.cells):
        row.insert(b, row[a] + (suffix if not place else ""))


def double_row(g: Grid, r: random.Random) -> None:
    a = 0 if r.random() < 0.3 else r.randrange(len(g.cells))
    g.cells.insert(r.randrange(1, len(g.cells) + 1), list(g.cells[a]))


def rename_column(g: Grid, r: random.Random) -> None:
    new = r.choice(
        ["height", "foo", "dim_99", "PC2", "3", "Unnamed: 7", "", "TP53", "x", "my gene"]
    )
    at = r.randrange(g.width)
    if g.titled and not is_gene(g.cells[0][at]):  # a gene of another name is another gene
        g.cells[0][at] = new


NUMBERS = [
    "n_cells", "start", "Gene end (bp)", "entrezgene_id", "strand", "cluster", "n_counts", "tax_id",
    "chromosome_name", "means", "total_counts", "leiden", "Length", "pct_dropout_by_counts",
]  # fmt: skip
TEXTS = ["gene_biotype", "description", "chromosome", "locus_group", "colour", "alias_symbol"]


def insert_numbers(g: Grid, r: random.Random) -> None:
    title, place = r.choice(NUMBERS), r.randrange(g.width + 1)
    wide = r.choice([3, 100, 10**6])
    fraction = r.random() < 0.3
    for row in g.cells:
        row.insert(place, str(r.randrange(wide)) + (".0" if fraction else ""))
    g.cells[0][place] = title


def insert_unknown_numbers(g: Grid, r: random.Random) -> None:
    title, place = (
        r.choice(["foo", "height", "score", "weight", "level 2"]),
        r.randrange(g.width + 1),
    )
    wide = r.choice([3, 100, 10**6])
    for row in g.cells:
        row.insert(place, str(1 + r.randrange(wide)))
    g.cells[0][place] = title


def insert_text(g: Grid, r: random.Random) -> None:
    title, place = r.choice(TEXTS), r.randrange(g.width + 1)
    for row in g.cells:
        row.insert(place, r.choice(["protein_coding", "17", "red", "a thing", "lncRNA", ""]))
    g.cells[0][place] = title


def insert_row_numbers(g: Grid, r: random.Random) -> None:
    place = 0 if r.random() < 0.7 else r.randrange(g.width + 1)
    start = r.randrange(2)
    for number, row in enumerate(g.cells, start - 1):
        row.insert(place, str(number))
    g.cells[0][place] = r.choice(["", "Unnamed: 0", "index", "row"])


def insert_row(g: Grid, r: random.Random) -> None:
    filler = r.choice(["", "NA", "nan"])
    row = [r.choice(["total", "", "# end", "NA"]), *([filler] * (g.width - 1))]
    g.cells.insert(r.randrange(1, len(g.cells) + 1), row)


def drop_header(g: Grid, r: random.Random) -> None:
    del r
    if g.titled:
        del g.cells[0]
        g.titled = False


def turn(g: Grid, r: random.Random) -> None:
    del r
    g.turn()


def delimit(g: Grid, r: random.Random) -> None:
    g.delimiter = r.choice("\t;| ,")


def quote(g: Grid, r: random.Random) -> None:
    g.quoting = r.choice([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL])


def encode(g: Grid, r: random.Random) -> None:
    g.encoding = r.choice(["utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-8"])
    g.end = r.choice(["\n", "\r\n", "\n\n"])


def write_commas(g: Grid, r: random.Random) -> None:
    g.delimiter = r.choice("\t;,")
    for row in g.cells:
        row[:] = [
            c.replace(".", ",") if c.replace(".", "").strip("-").isdigit() else c for c in row
        ]


def break_cell(g: Grid, r: random.Random) -> None:
    row, at = r.randrange(1, len(g.cells)), r.randrange(g.width)
    if is_gene(g.cells[row][at]):
        return
    g.cells[row][at] = r.choice(["1,234.5", "x", "1 2", "=A1", "1e", "--1", "12%"])


CHANGES: list[Callable[[Grid, random.Random], None]] = [
    move_column, move_row, double_column, double_row, rename_column, insert_numbers,
    insert_numbers, insert_unknown_numbers, insert_text, insert_row_numbers, insert_row,
    drop_header, turn, turn, delimit, quote, encode, write_commas, break_cell,
]  # fmt: skip


def as_text(g: Grid, path: Path) -> Path:
    out = io.StringIO()
    csv.writer(out, delimiter=g.delimiter, lineterminator=g.end, quoting=g.quoting).writerows(
        g.cells
    )
    path = path.with_suffix(".tsv" if g.delimiter == "\t" else ".csv")
    path.write_bytes(out.getvalue().encode(g.encoding, "replace"))
    return path


def typed(cells: list[str]) -> list[Any]:
    """A column as a data frame would hold it."""
    try:
        return [None if cell in ("", "NA", "nan") else float(cell) for cell in cells]
    except ValueError:
        return list(cells)


def frame(g: Grid) -> pd.DataFrame:
    titles = g.cells[0] if g.titled else [f"column {i}" for i in range(g.width)]
    body = g.cells[1:] if g.titled else g.cells
    columns = [typed(list(column)) for column in zip(*body, strict=True)]
    table = pd.DataFrame(dict(enumerate(columns)))
    table.columns = pd.Index(titles)
    return table


def as_parquet(g: Grid, path: Path) -> Path:
    table = frame(g)
    if table.columns.has_duplicates:
        again = table.columns.duplicated()
        titles = zip(table.columns, again, range(len(again)), strict=True)
        table.columns = pd.Index([f"{title}.{i}" if twice else title for title, twice, i in titles])
    table.to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def records(g: Grid) -> list[dict[str, Any]]:
    table = frame(g)
    rows = table.astype(object).where(table.notna(), None).values.tolist()
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def as_json(g: Grid, path: Path) -> Path:
    path.with_suffix(".json").write_text(json.dumps(records(g)))
    return path.with_suffix(".json")


def as_lines(g: Grid, path: Path) -> Path:
    path.with_suffix(".jsonl").write_text("\n".join(map(json.dumps, records(g))))
    return path.with_suffix(".jsonl")


FORMATS = [as_text, as_text, as_text, as_parquet, as_json, as_lines]


def h5ad(r: random.Random, path: Path) -> tuple[Path, list[str], np.ndarray[Any, Any], list[str]]:
    """An AnnData file of some age, with genes in var or obs, and columns of all kinds."""
    g, labels, rows = sound(r)
    n, path = len(labels), path.with_suffix(".h5ad")
    side, done = r.choice(["var", "obs"]), []
    with h5py.File(path, "w") as file:
        frame_of = file.create_group(side)
        frame_of.attrs["_index"] = "_index"
        index = labels
        titles = []
        for _ in range(r.randrange(5)):
            title = r.choice([*NUMBERS, *TEXTS, "feature_name", "gene_ids", "foo"])
            if title in titles:
                continue
            titles.append(title)
            kind = r.choice(["numbers", "text", "new", "group", "reference", "uns"])
            done.append(f"{title} as {kind}")
            kinds = [f"{title} {i}" for i in range(4)]
            codes = np.array([r.randrange(4) for _ in range(n)], dtype=np.int8)
            if kind == "numbers" and title not in ("feature_name", "gene_ids"):
                frame_of[title] = np.array([r.randrange(10**6) for _ in range(n)])
            elif kind == "new":
                frame_of[f"{title}/codes"] = codes
                frame_of[f"{title}/categories"] = np.array(kinds, dtype="S")
            elif kind == "group":
                frame_of[title] = codes
                frame_of[f"__categories/{title}"] = np.array(kinds, dtype="S")
            elif kind == "reference":
                frame_of[title] = codes
                frame_of[f"__categories/other {title}"] = np.array(kinds, dtype="S")
                frame_of[title].attrs["categories"] = frame_of[f"__categories/other {title}"].ref
            elif kind == "uns":
                frame_of[title] = codes
                file[f"uns/{title}_categories"] = np.array(kinds, dtype="S")
            else:
                frame_of[title] = np.array([r.choice(kinds) for _ in range(n)], dtype="S")
        frame_of["_index"] = np.array(index, dtype="S")
        frame_of.attrs["column-order"] = r.sample(titles, len(titles))
        other = file.create_group("obs" if side == "var" else "var")
        other.attrs["_index"] = "_index"
        if side == "var":
            cells = [f"AAACCTG{i:04}-1" for i in range(n if r.random() < 0.5 else 5)]
            other["_index"] = np.array(cells, dtype="S")
            file["X"] = np.random.default_rng(1).poisson(1, (len(cells), n)).astype(np.float32)
            where = r.choice(["varm", "varm", "none", "obsm", "both"])
            if where in ("varm", "both"):
                file["varm/PCs"] = rows.astype(np.float32)
            if where in ("obsm", "both"):
                file["obsm/X_pca"] = np.zeros((len(cells), 3), np.float32) + 1
        else:
            names = r.choice([[f"d{i}" for i in range(D)], TISSUES, [str(i) for i in range(D)]])
            other["_index"] = np.array(names, dtype="S")
            where = r.choice(["X", "X", "X and obsm"])
            file["X"] = rows.astype(np.float32)
            if where != "X":
                file["obsm/X_emb"] = rows[:, :3].astype(np.float32)
        done.append(f"{side}: {where}")
    del g
    return path, labels, rows, done


def is_right(space: Space, labels: list[str], rows: np.ndarray[Any, Any]) -> bool:
    """Whether every label has its vector: the dimensions may stand in another order."""
    found = space.column("label")
    if sorted(found) != sorted(labels) or space.d != rows.shape[1]:
        return False
    place = {label: row for row, label in enumerate(labels)}
    expected = rows[[place[label] for label in found]].astype(np.float32)
    columns = sorted(expected.T.tolist())
    return bool(np.allclose(sorted(space.vectors.T.tolist()), columns, rtol=1e-5, atol=1e-6))


def case(number: int, folder: Path) -> tuple[Path, list[str], np.ndarray[Any, Any], list[str]]:
    """A changed table, the labels and vectors it was made of, and what was changed."""
    r = random.Random(number)
    path = folder / f"case{number}"
    if number % 8 == 7:
        return h5ad(r, path)
    while True:
        g, labels, rows = sound(r)
        save = r.choice(FORMATS)
        for _ in range(r.choice([1, 1, 1, 2, 2, 3])):
            change = r.choice(CHANGES)
            g.done.append(change.__name__)
            change(g, r)
        if not g.titled and save is not as_text:
            continue  # what has no titles is a text
        return save(g, path), labels, rows, [*g.done, save.__name__]


def outcome(number: int, folder: Path) -> str:
    """ "right", "refused", "warned" or what went wrong."""
    path, labels, rows, done = case(number, folder)
    try:
        space = import_space(Recipe(path), folder / f"space{number}", name="s")
    except FileError as error:
        assert "\n" not in error.message
        return "refused"
    if any(note.startswith("warning: ") for note in space.manifest.notes):
        return "warned"
    if is_right(space, labels, rows):
        return "right"
    return f"{number}: {done} gave {space.n} × {space.d}: {space.manifest.notes}"


@pytest.mark.parametrize("start", range(0, TRIES, 20))
def test_what_is_changed_is_read_as_before_or_said(tmp_path: Path, start: int) -> None:
    found = [outcome(number, tmp_path) for number in range(start, min(start + 20, TRIES))]
    wrong = [text for text in found if text not in ("right", "refused", "warned")]
    assert not wrong, "\n".join(wrong)
    assert found.count("right") >= 2
