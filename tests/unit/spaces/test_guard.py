"""What is looked at after reading: what cannot be right is refused, what looks wrong is said."""

from __future__ import annotations

import pickle
import shlex
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gene_tui.errors import FileError
from gene_tui.genes.human import human_genes
from gene_tui.spaces.importers.reading import ByHand
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.space import Space
from tests.cli import run

GENES = ["TP53", "BRCA1", "EGFR", "MYC", "KRAS", "PTEN", "HBA1", "HBB", "ACTA2", "SOX2"]
N, D = len(GENES), 5


def vectors(n: int = N) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(3).normal(size=(n, D)).astype(np.float32)


def imported(path: Path, **options: Any) -> Space:
    return import_space(Recipe(path, **options), path.with_name(f"{path.name}.space"), name="s")


def warnings(space: Space) -> list[str]:
    return [note for note in space.manifest.notes if note.startswith("warning: ")]


def csv(path: Path, labels: list[str], rows: Any, titles: str = "") -> Path:
    lines = [f"{label},{','.join(map(str, row))}" for label, row in zip(labels, rows, strict=True)]
    path.write_text(titles + "\n".join(lines) + "\n")
    return path


def w2v(path: Path, labels: list[str], rows: Any) -> Path:
    lines = [f"{label} {' '.join(map(str, row))}" for label, row in zip(labels, rows, strict=True)]
    path.write_text(f"{len(labels)} {len(rows[0])}\n" + "\n".join(lines) + "\n")
    return path


def npz(path: Path, labels: list[str], rows: Any) -> Path:
    np.savez(path, embeddings=np.asarray(rows, np.float32), genes=labels)
    return path


def pickled(path: Path, labels: list[str], rows: Any) -> Path:
    path.write_bytes(pickle.dumps(dict(zip(labels, np.asarray(rows).tolist(), strict=True))))
    return path


FORMATS = {"x.csv": csv, "x.vec": w2v, "x.npz": npz, "x.pkl": pickled}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_said_of_what_is_right(tmp_path: Path, name: str) -> None:
    space = imported(FORMATS[name](tmp_path / name, GENES, vectors()))
    assert not warnings(space)
    assert space.column("label") == GENES


@pytest.mark.parametrize("name", FORMATS)
def test_words_and_other_species_are_right_too(tmp_path: Path, name: str) -> None:
    for n, labels in enumerate(
        (
            ["the", "of", "Sep-1", "x1", "3-Mar", "March", "2009", "b", "A.", "'s"],
            [f"YAL{i:03}W" for i in range(N)],
        )
    ):
        path = tmp_path / f"{n}{name}"
        assert not warnings(imported(FORMATS[name](path, labels, vectors())))


@pytest.mark.parametrize("name", FORMATS)
def test_a_header_is_no_gene(tmp_path: Path, name: str) -> None:
    rows = vectors()
    for start in (0, 1):
        rows[4] = np.arange(D) + start
        with pytest.raises(FileError, match=r"'KRAS' holds .* a line of titles was read as a gene"):
            imported(FORMATS[name](tmp_path / name, GENES, rows))
    assert not (tmp_path / f"{name}.space").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_far_out(tmp_path: Path, name: str) -> None:
    rows = vectors()
    rows[6] *= 1e6
    [warning] = warnings(imported(FORMATS[name](tmp_path / name, GENES, rows)))
    assert "1 row is far longer than the others: 'HBA1'" in warning


def test_a_row_far_out_of_a_binary_file_is_out_of_step(tmp_path: Path) -> None:
    rows = vectors()
    rows[6] *= 1e12
    path = tmp_path / "x.bin"
    path.write_bytes(
        f"{N} {D}\n".encode()
        + b"".join(g.encode() + b" " + row.tobytes() for g, row in zip(GENES, rows, strict=True))
    )
    with pytest.raises(FileError, match="names and numbers are out of step"):
        imported(path)


@pytest.mark.parametrize("name", FORMATS)
def test_a_column_twice(tmp_path: Path, name: str) -> None:
    rows = vectors()
    rows[:, 3] = rows[:, 1]
    [warning] = warnings(imported(FORMATS[name](tmp_path / name, GENES, rows)))
    assert "dimension 4 repeats dimension 2" in warning


def test_a_column_of_whole_numbers(tmp_path: Path) -> None:
    rows = vectors().astype(object)
    rows[:, 2] = [3, 1, 2, 5, 4, 3, 1, 2, 8, 7]
    [warning] = warnings(imported(csv(tmp_path / "x.csv", GENES, rows)))
    assert "dimension 3 holds whole numbers and the others do not" in warning
    path = csv(tmp_path / "y.csv", GENES, rows, "gene,liver,brain,height,lung,skin\n")
    [warning] = warnings(imported(path))
    assert "column 'height' holds whole numbers" in warning
    assert "--dims" in warning
    assert not warnings(imported(csv(tmp_path / "z.csv", GENES, np.rint(vectors() * 9))))


def test_a_column_far_wider(tmp_path: Path) -> None:
    rows = vectors()
    rows[:, 2] *= 900
    [warning] = warnings(imported(csv(tmp_path / "x.csv", GENES, rows)))
    assert "dimension 3 is far wider than the others" in warning
    titles = "gene," + ",".join(f"PC{i}" for i in range(D)) + "\n"
    assert not warnings(imported(csv(tmp_path / "y.csv", GENES, rows, titles)))


ODD = {
    "control characters": (["TP\x0153", *GENES[1:]], ["x.npz", "x.pkl"]),
    "bare numbers": ([str(i) for i in range(N)], ["x.npz", "x.pkl", "x.vec"]),
    "called as dimensions are": ([f"PC{i}" for i in range(N)], list(FORMATS)),
    "spreadsheet has turned 2 labels": (["1-Sep", "Mar-02", *GENES[2:]], list(FORMATS)),
    "as 1-Dec, which was DELEC1": (["1-Dec", *GENES[1:]], list(FORMATS)),
    "as 2.31E+13": (["2.31E+13", *GENES[1:]], list(FORMATS)),
}


@pytest.mark.parametrize("doubt", ODD)
def test_labels_in_doubt(tmp_path: Path, doubt: str) -> None:
    labels, formats = ODD[doubt]
    for name in formats:
        [warning] = warnings(imported(FORMATS[name](tmp_path / name, labels, vectors())))
        assert doubt in warning


def test_gene_numbers_with_a_point_are_gene_numbers(tmp_path: Path) -> None:
    known = [gene for name in GENES if (gene := human_genes().official(name))]
    labels = [f"{gene.entrez}.0" for gene in known]
    titles = ",".join(["gene", *(f"PC{i}" for i in range(D))]) + "\n"
    space = imported(csv(tmp_path / "x.csv", labels, vectors(), titles))
    assert [space.table.gene(row).symbol for row in range(N)] == GENES
    assert warnings(space) == []


@pytest.mark.parametrize("label", ["Total", "Grand Total", "Sum", "Mean", "explained_variance"])
def test_rows_below_a_table_are_no_genes(tmp_path: Path, label: str) -> None:
    for name in ("x.csv", "x.npz"):
        space = imported(FORMATS[name](tmp_path / name, [*GENES, label], vectors(N + 1)))
        assert warnings(space) == [
            f"warning: labels such as {label} are titles or totals, no genes?"
        ]


@pytest.mark.parametrize("column", ["symbol", "hgnc_id", "entrez", "ensembl_id"])
def test_names_of_different_genes_are_said(tmp_path: Path, column: str) -> None:
    known = [gene for name in GENES if (gene := human_genes().official(name))]
    cells = {
        "symbol": [gene.symbol for gene in known],
        "hgnc_id": [gene.hgnc for gene in known],
        "entrez": [gene.entrez for gene in known],
        "ensembl_id": [gene.ids[0] for gene in known],
    }[column]
    labels = [gene.ids[0] for gene in known] if column == "symbol" else GENES
    titles = ",".join(["gene", *(f"PC{i}" for i in range(D)), column]) + "\n"
    for step in (0, 1):
        shifted = [*cells[step:], *cells[:step]]
        rows = [[*row, cell] for row, cell in zip(vectors().tolist(), shifted, strict=True)]
        found = warnings(imported(csv(tmp_path / f"{step}.csv", labels, rows, titles)))
        assert len(found) == step
        assert all("of 10 of 10 rows are those of different genes" in text for text in found)


@pytest.mark.parametrize("name", ["x.npz", "x.pkl"])
def test_labels_that_are_no_names(tmp_path: Path, name: str) -> None:
    for n, (form, match) in enumerate(
        {'{{"gene": "{}"': "pieces of code", "<a.B object at 0x{}>": "pieces of code"}.items()
    ):
        path = tmp_path / f"{n}{name}"
        with pytest.raises(FileError, match=match):
            imported(FORMATS[name](path, [form.format(g) for g in GENES], vectors()))
    path = tmp_path / f"f{name}"
    with pytest.raises(FileError, match=r"labels are numbers, as 0\.5"):
        imported(FORMATS[name](path, [f"{i}.5" for i in range(N)], vectors()))


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_of_python_are_unwrapped(tmp_path: Path, name: str) -> None:
    labels = [str(g.encode()) for g in GENES]
    space = imported(FORMATS[name](tmp_path / name, labels, vectors()))
    assert space.column("label") == GENES
    assert "10 labels were written b'…' and were unwrapped" in space.manifest.notes


@pytest.mark.parametrize("name", FORMATS)
def test_a_shared_beginning_is_read_and_said(tmp_path: Path, name: str) -> None:
    labels = [f"hg38.{g}" for g in GENES]
    space = imported(FORMATS[name](tmp_path / name, labels, vectors()))
    assert space.column("symbol") == GENES
    assert any("hg38.TP53" in note for note in space.manifest.notes)


def test_how_many_labels_are_known_is_said_where_not_all_are(tmp_path: Path) -> None:
    labels = [*GENES[:6], *(f"APMS{i}" for i in range(4))]
    space = imported(csv(tmp_path / "x.csv", labels, vectors()))
    assert "6 of 10 labels are known genes of human or mouse" in space.manifest.notes


def test_codes_of_categories_are_no_symbols(tmp_path: Path) -> None:
    path = tmp_path / "x.h5ad"
    with h5py.File(path, "w") as file:
        file["varm/PCs"] = vectors()
        file["var/_index"] = np.array([f"ENSG{i:011}" for i in range(N)], dtype="S")
        file["var/feature_name"] = np.arange(N, dtype=np.int8)
        file["var"].attrs["column-order"] = ["feature_name"]
    with pytest.raises(FileError, match="symbols are bare numbers, as 0: codes of categories"):
        imported(path)


def test_import_says_how_it_read_and_the_manifest_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = np.column_stack([vectors(), np.arange(7, 7 + N)])
    csv(path, GENES, rows, "name,dim_0,dim_1,dim_2,dim_3,dim_4,height\n")
    done = run("import", str(path), "--name", "a", "--no-derive")
    assert done.code == 0
    assert "rows are genes; 5 columns `dim_0 … dim_4`; labels from `name`" in done.err
    assert "warning: numbers that do not count with the dimensions were left out" in done.err
    assert "rows are genes; 5 columns" in run("info", "a").out


def test_what_is_said_by_hand_is_kept_for_the_next_time(tmp_path: Path) -> None:
    path = csv(tmp_path / "x.csv", GENES, vectors(), "my name,a,b,c,d,e\n")
    hand = ByHand(labels_from="my name", genes_in="rows", dims="[abc]")
    space = imported(path, hand=hand)
    assert space.d == 3
    again = shlex.split(space.manifest.remake)[1:]
    assert run(*again, "--no-derive").code == 0
    assert again[-6:] == ["--labels-from", "my name", "--genes-in", "rows", "--dims", "[abc]"]


def test_a_source_opened_without_import_tells_its_doubts(tmp_path: Path) -> None:
    path = csv(tmp_path / "x.csv", ["1-Sep", *GENES[1:]], vectors())
    for _ in range(2):
        done = run("query", "EGFR", "--space", str(path), "-k", "2")
        assert done.code == 0
        assert "warning: a spreadsheet has turned 1 label into" in done.err
    path = csv(tmp_path / "y.csv", GENES, vectors())
    assert "warning" not in run("query", "EGFR", "--space", str(path), "-k", "2").err


REAL = [
    "seed_layout/geneformer", "seed_layout/word2vec", "formats/genevector_tica.vec",
    "formats/high_precision.kv.txt", "formats/high_precision.kv.bin", "formats/lee_fasttext.vec",
    "formats/euclidean_vectors.bin", "formats/test_glove.txt", "expression/RNAtableTissue.tsv.gz",
    "expression/RNAtableBlood.tsv.gz",
]  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_no_doubt_about_real_spaces(tmp_path: Path, real_data: Path, name: str) -> None:
    space = import_space(Recipe(real_data / name), tmp_path / "space", name="s")
    assert not warnings(space)


def test_options_that_a_format_cannot_heed_are_refused(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz", GENES, vectors())
    for option in (["--dims", "d*"], ["--genes-in", "rows"], ["--labels-from", "gene"]):
        done = run("import", str(path), *option)
        assert done.code == 2
        assert f"{option[0]} ({option[1]}) has no meaning for a npz source" in done.err
