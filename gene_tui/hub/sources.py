"""The public sources: what each holds, how big it is, under which licence.

The models are named by one commit of their repository, whose files never change; so their
sizes and sums are known. The gene tables are renewed every week; their sizes are of 2026. The
Human Protein Atlas renews its tables once a year under the same addresses; these and the columns
are as programs that read them have them (its own pages could not be asked), the size of the cell
lines' table and the sums are not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HUGGING_FACE = "https://huggingface.co"
GENEFORMER = "ctheodoris/Geneformer"
#: The commit of the Geneformer repository that is fetched unless another is asked for.
REVISION = "04c2b2e84da7c0f385c3f9ad8f3ec24bab6650e5"

_APACHE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One public file.

    Attributes:
        about: what it is, in a few words.
        path: inside its repository, or below its site.
        bytes: its size; about, where it changes; 0 where it is not known.
        licence: as its publisher states it.
        sha256: its sum at ``REVISION``; "" for a file that changes.
        repository: on Hugging Face, "" for a file of a site.
        site: scheme and host of a file that is in no repository.
    """

    about: str
    path: str
    bytes: int
    licence: str
    sha256: str = ""
    repository: str = ""
    site: str = ""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Product:
    """Something ``gene-tui get`` fetches.

    Attributes:
        key: as the command line takes it, and the space's name if no other is given.
        about: what it is, in one line.
        files: what is fetched; of a model the weights, then the tokens that name its rows.
        kind: "model" and "expression", of which a space is made, or "tables" that name genes.
    """

    key: str
    about: str
    files: tuple[RemoteFile, ...]
    kind: Literal["model", "expression", "tables"] = "model"


def _weights(folder: str, size: int, sha256: str) -> RemoteFile:
    path = f"{folder}/model.safetensors"
    return RemoteFile("weights", path, size, _APACHE, sha256, repository=GENEFORMER)


_TOKENS_V1 = RemoteFile(
    "tokens, which name the rows",
    "geneformer/gene_dictionaries_30m/token_dictionary_gc30M.pkl",
    788_424,
    _APACHE,
    "ab9dc40973fa5224d77b793e2fd114cacf3d08423ed9c4c49caf0ba9c7f218f1",
    repository=GENEFORMER,
)
_TOKENS_V2 = RemoteFile(
    "tokens, which name the rows",
    "geneformer/token_dictionary_gc104M.pkl",
    425_590,
    _APACHE,
    "67c445f4385127adfc48dcc072320cd65d6822829bf27dd38070e6e787bc597f",
    repository=GENEFORMER,
)

#: Tables that give genes their symbols, names and types; the first wins per field.
TABLES = (
    RemoteFile(
        "HGNC complete set: approved symbols and names, previous symbols, aliases",
        "public-download-files/hgnc/tsv/tsv/hgnc_complete_set.txt",
        17_000_000,
        "CC0 1.0",
        site="https://storage.googleapis.com",
    ),
    RemoteFile(
        "NCBI Gene: symbols, synonyms, types, Ensembl IDs",
        "gene/DATA/GENE_INFO/Mammalia/Homo_sapiens.gene_info.gz",
        5_200_000,
        "public domain (US government work)",
        site="https://ftp.ncbi.nlm.nih.gov",
    ),
)

_ATLAS = "https://www.proteinatlas.org"
_SHARE_ALIKE = "CC BY-SA 4.0 (releases up to 23: 3.0); cite the Human Protein Atlas"

#: Expression by gene and sample: what the atlas in the box is made of, in its newest release.
EXPRESSION = tuple(
    RemoteFile(about, f"download/tsv/{name}.tsv.zip", size, _SHARE_ALIKE, site=_ATLAS)
    for name, about, size in (
        ("rna_tissue_consensus", "consensus of tissues", 5_300_000),
        ("rna_immune_cell", "blood cell types", 0),
        ("rna_celline", "cell lines", 0),
    )
)

PRODUCTS = {
    product.key: product
    for product in (
        Product(
            "geneformer",
            "Geneformer V1, 10 million parameters, 30 million cells: 256 dimensions",
            (
                _weights(
                    "Geneformer-V1-10M",
                    41_183_536,
                    "a5e33a757431643b3697de7ef6127950cdc49e06e58d4266b3a3ab191b683f14",
                ),
                _TOKENS_V1,
            ),
        ),
        Product(
            "geneformer-v2",
            "Geneformer V2, 104 million parameters, 104 million cells: 768 dimensions",
            (
                _weights(
                    "Geneformer-V2-104M",
                    417_571_156,
                    "fff5cba29ddd8792991fa77b4872246fbe548a178cebda3775cdc72b67780e7f",
                ),
                _TOKENS_V2,
            ),
        ),
        Product(
            "geneformer-v2-316m",
            "Geneformer V2, 316 million parameters, 104 million cells: 1,152 dimensions",
            (
                _weights(
                    "Geneformer-V2-316M",
                    1_265_455_076,
                    "965ceccea81953d362081ef3843560a0e4fef88d396c28017881f1e94b1246f3",
                ),
                _TOKENS_V2,
            ),
        ),
        Product("genes", "tables that name human genes, for --annotations", TABLES, "tables"),
        Product(
            "protein-atlas",
            "expression in tissues, blood cells and cell lines (Human Protein Atlas), made into a "
            "space as the atlas in the box was: 128 dimensions",
            EXPRESSION,
            "expression",
        ),
    )
}
