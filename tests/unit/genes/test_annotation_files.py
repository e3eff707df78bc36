"""Annotation files: each kind read for what it says, damage told with its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from gene_tui.errors import Cancelled, FileError
from gene_tui.genes.annotation import Annotation
from gene_tui.genes.annotations import read_annotations
from gene_tui.genes.gene_types import normal_type
from gene_tui.genes.table import GeneTable
from gene_tui.model.gene import Gene
from gene_tui.run import Progress, Run

NCBI_HEADER = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\tdescription"
    "\ttype_of_gene\tSymbol_from_nomenclature_authority\tFull_name_from_nomenclature_authority"
    "\tNomenclature_status\tOther_designations\tModification_date\tFeature_type\n"
)
NCBI_ROWS = (
    "9606\t1001\tGNA\t-\tALA|ALB\tMIM:1|HGNC:HGNC:11|Ensembl:ENSG00000000011|Vega:V1\t7\t7q1"
    "\tgene A of test\tprotein-coding\tGNA\tgene A, approved\tO\t-\t20180101\t-\n"
    "9606\t1002\tOLD\t-\t-\tHGNC:HGNC:12|Ensembl:ENSG00000000012|Ensembl:ENSG00000000013\tMT\t-"
    "\tgene B\tncRNA\tMT-NEW\tmitochondrial B\tO\t-\t20180101\t-\n"
    '9606\t1003\tLOC1003\t-\t-\t-\tX|Y\t-\tuncharacterized "thing"\tpseudo\t-\t-\t-\t-\t2018\t-\n'
)
HGNC = (
    "hgnc_id\tsymbol\tname\tlocus_group\tlocus_type\tstatus\tlocation\talias_symbol\talias_name"
    "\tprev_symbol\tentrez_id\tensembl_gene_id\n"
    "HGNC:11\tGNA\tgene A\tprotein-coding gene\tgene with protein product\tApproved\t7q11.2\t"
    '"ALA|ALB"\t"a first|name"\tPRA\t1001\tENSG00000000011\n'
    "HGNC:14\tGND~withdrawn\tsymbol withdrawn\twithdrawn\tunknown\tEntry Withdrawn\t\t\t\t\t\t\n"
    "HGNC:15\tGNE\tgene E\tpseudogene\tpseudogene\tApproved\tXp22.33 and Yp11.2\t\t\t"
    '"PRE|PRF"\t1005\tENSG00000000015\n'
)


def _file(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    data = text.encode() if isinstance(text, str) else text
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


@pytest.mark.parametrize("name", ["gene_info", "gene_info.gz", "misnamed.json"])
def test_ncbi_gene_info(tmp_path: Path, name: str) -> None:
    read = read_annotations(_file(tmp_path, name, NCBI_HEADER + NCBI_ROWS))
    assert read.kind == "ncbi"
    assert tuple(read.entries) == (
        Annotation(
            ids=("ENSG00000000011",),
            symbol="GNA",
            name="gene A, approved",
            type="protein-coding",
            chromosome="7",
            aliases=("ALA", "ALB"),
            hgnc="HGNC:11",
            entrez="1001",
            description="gene A of test",
        ),
        Annotation(
            ids=("ENSG00000000012", "ENSG00000000013"),
            symbol="MT-NEW",
            name="mitochondrial B",
            type="ncRNA",
            chromosome="MT",
            aliases=("OLD",),
            hgnc="HGNC:12",
            entrez="1002",
            description="gene B",
        ),
        Annotation(
            symbol="LOC1003",
            name='uncharacterized "thing"',
            type="pseudo",
            chromosome="X|Y",
            entrez="1003",
            description='uncharacterized "thing"',
            approved=False,
        ),
    )


def test_ncbi_rows_cut_out_without_the_header(tmp_path: Path) -> None:
    whole = read_annotations(_file(tmp_path, "whole.tsv", NCBI_HEADER + NCBI_ROWS))
    cut = read_annotations(_file(tmp_path, "cut.tsv", NCBI_ROWS))
    assert cut.kind == "ncbi" and tuple(cut.entries) == tuple(whole.entries)


def test_hgnc_complete_set(tmp_path: Path) -> None:
    read = read_annotations(_file(tmp_path, "hgnc.txt", HGNC))
    assert read.kind == "hgnc"
    assert tuple(read.entries) == (
        Annotation(
            ids=("ENSG00000000011",),
            symbol="GNA",
            name="gene A",
            type="protein-coding",
            chromosome="7",
            previous=("PRA",),
            aliases=("ALA", "ALB"),
            hgnc="HGNC:11",
            entrez="1001",
        ),
        Annotation(
            ids=("ENSG00000000015",),
            symbol="GNE",
            name="gene E",
            type="pseudo",
            chromosome="X|Y",
            previous=("PRE", "PRF"),
            hgnc="HGNC:15",
            entrez="1005",
        ),
    )


def test_descriptions(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "ENSG00000000011": "gene A [Source:HGNC Symbol;Acc:HGNC:11]",
            "ENSG00000000012.3": "B [beta] x [Source:NCBI gene (formerly Entrezgene);Acc:77]",
            "ENSGR0000000013": None,
            "ENSG00000000014": "",
            "word": "novel [thing]",
        }
    )
    read = read_annotations(_file(tmp_path, "descriptions.json", text))
    assert read.kind == "descriptions"
    assert [(entry.ids, entry.description) for entry in read.entries] == [
        (("ENSG00000000011",), "gene A"),
        (("ENSG00000000012",), "B [beta] x"),
        (("ENSG00000000013_PAR_Y",), ""),
        (("ENSG00000000014",), ""),
        ((), "novel [thing]"),
    ]
    assert [(entry.hgnc, entry.entrez) for entry in read.entries[:2]] == [
        ("HGNC:11", ""),
        ("", "77"),
    ]
    assert read.entries[4].label == "word"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "gene_id,gene_name,gene_biotype,chr\nENSG00000000011.4,GNA,lncRNA,chr7\n",
            Annotation("", ("ENSG00000000011",), "GNA", "", "ncRNA", "7"),
        ),
        (
            'id;symbol;name\nENSG00000000011;GNA;"a; ""quoted"" name"\n',
            Annotation("", ("ENSG00000000011",), "GNA", 'a; "quoted" name'),
        ),
        (
            "gene\tdescription\nGNA\tNA\n\n",
            Annotation("GNA", (), "GNA"),
        ),
        (
            "label\tname\naspirin\tan acid\n",
            Annotation("aspirin", name="an acid"),
        ),
        (
            "Gene ID\tSymbol\tSynonyms\tPrevious symbols\n1001\tGNA\tALA, ALB\tPRA;PRB\n",
            Annotation(
                symbol="GNA", entrez="1001", aliases=("ALA", "ALB"), previous=("PRA", "PRB")
            ),
        ),
        (
            ",symbol\nENSG00000000011,GNA\n",
            Annotation("ENSG00000000011", ("ENSG00000000011",), "GNA"),
        ),
        (
            "symbol\tname\nENSG00000000011\tGNA\ta name\n",
            Annotation("ENSG00000000011", ("ENSG00000000011",), "GNA", "a name"),
        ),
        (
            "\ufeffsymbol,hgnc id,description\r\nGNA,11,two words\r\n",
            Annotation(symbol="GNA", hgnc="HGNC:11", description="two words"),
        ),
        (
            'symbol,description\nGNA,"two\nlines"\n',
            Annotation(symbol="GNA", description="two\nlines"),
        ),
    ],
)
def test_tables_with_named_columns(tmp_path: Path, text: str, expected: Annotation) -> None:
    read = read_annotations(_file(tmp_path, "table.txt", text))
    assert read.kind == "columns"
    assert tuple(read.entries) == (expected,)


def test_the_gene_table_of_another_space(tmp_path: Path) -> None:
    gene = Gene(0, "a\tb", "ENSG00000000011", "GNA", "n\\", previous=("x|y",), aliases=("z", "é"))
    GeneTable.write(tmp_path, [gene])
    read = read_annotations(tmp_path / "genes.tsv")
    assert read.kind == "genes"
    assert tuple(read.entries) == (
        Annotation(
            "a\tb", ("ENSG00000000011",), "GNA", "n\\", previous=("x|y",), aliases=("z", "é")
        ),
    )


DAMAGED = [
    ("short.tsv", NCBI_HEADER + NCBI_ROWS[:-30], ":4 has 9 columns where the header has 16"),
    ("long.csv", "id,symbol\nENSG00000000011,A\nENSG00000000012,B,C\n", ":3 has 3 columns"),
    ("numbers.csv", "x,y\n1,2\n", ":1 has no columns that name and describe a gene; it has x"),
    ("only.csv", "id,weight\n1,2\n", ":1 has no columns that name and describe"),
    ("words.txt", "hello\nworld\n", ":1 is neither a table with named columns nor JSON"),
    ("latin.tsv", "symbol\tname\nA\tb\nC\tcaf\xe9\n".encode("latin-1"), ":3 is not UTF-8"),
    ("utf16.tsv", "symbol\tname\nA\tb\n".encode("utf-16"), ":1 is not"),
    ("binary.tsv", b"symbol\tname\nA\t\0\0\n", ":2 is not text"),
    ("empty.tsv", "", " is empty"),
    ("blank.tsv.gz", "\n\n", " is empty"),
    ("header.tsv", "symbol\tname\n", " names no genes"),
    ("ncbi.tsv", NCBI_HEADER, " names no genes"),
    ("none.json", "{}", " names no genes"),
    ("cut.json", '{\n"ENSG00000000011": "a",\n"ENSG', ":3 is not valid JSON"),
    ("list.json", '["ENSG00000000011"]', " is not a JSON object"),
    ("numbers.json", '{"ENSG00000000011": [1, 2]}', " gives 'ENSG00000000011' a list"),
    ("deep.json", "[" * 100_000, ":1 is not valid JSON"),
    ("quote.csv", 'symbol,name\nA,"b\nC,d\n', ":3 is not a readable table"),
    ("huge.csv", 'symbol,name\nA,"' + "b" * 200_000 + '"\n', ":2 is not a readable table"),
]


@pytest.mark.parametrize(("name", "text", "complaint"), DAMAGED, ids=[case[0] for case in DAMAGED])
def test_damage_is_told_with_file_and_line(
    tmp_path: Path, name: str, text: str | bytes, complaint: str
) -> None:
    file = _file(tmp_path, name, text)
    with pytest.raises(FileError) as caught:
        read_annotations(file)
    assert caught.value.message.startswith(f"{file}{complaint}")
    assert "\n" not in caught.value.message and len(caught.value.message) < 500


def test_a_download_that_broke_off(tmp_path: Path) -> None:
    rows = "".join(NCBI_ROWS.replace("100", str(number)) for number in range(2000))
    whole = gzip.compress((NCBI_HEADER + rows).encode())
    file = tmp_path / "gene_info.gz"
    for data in (whole[: len(whole) // 2], whole[:-5], whole[:-8] + b"\0" * 8):
        file.write_bytes(data)
        with pytest.raises(FileError, match=r"gene_info\.gz:\d+ "):
            read_annotations(file)
    file.write_bytes(whole[:300] + b"\xff" * 50 + whole[350:])
    with pytest.raises(FileError, match=r"gene_info\.gz"):
        read_annotations(file)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_annotations(tmp_path / "missing.tsv")
    with pytest.raises(FileError, match="is a folder"):
        read_annotations(tmp_path)


def test_progress_and_cancel(tmp_path: Path) -> None:
    file = _file(tmp_path, "big.tsv", "symbol\tname\n" + "A\tb\n" * 20_000)
    heard: list[Progress] = []
    read_annotations(file, run=Run(heard.append))
    assert len(heard) >= 4
    assert all(note.unit == "B" and note.done <= note.total for note in heard)
    assert heard[-1].done > heard[0].done
    with pytest.raises(Cancelled):
        read_annotations(file, run=Run(cancelled=lambda: True))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("gene with protein product", "protein-coding"),
        ("protein_coding", "protein-coding"),
        ("immunoglobulin pseudogene", "pseudo"),
        ("transcribed_unprocessed_pseudogene", "pseudo"),
        ("RNA, long non-coding", "ncRNA"),
        ("RNA, micro", "ncRNA"),
        ("lncRNA", "ncRNA"),
        ("RNA, transfer", "tRNA"),
        ("Mt_tRNA", "tRNA"),
        ("RNA, small nucleolar", "snoRNA"),
        ("snRNA", "snRNA"),
        ("RNA, ribosomal", "rRNA"),
        ("T cell receptor gene", "other"),
        ("IG_V_gene", "other"),
        ("readthrough", "other"),
        ("phenotype only", "unknown"),
        ("", ""),
        ("enhancer", "enhancer"),
    ],
)
def test_types_have_one_vocabulary(text: str, normal: str) -> None:
    assert normal_type(text) == normal
    assert normal_type(normal) == normal
