"""The public sources: what each holds, how big it is, under which licence, whom to cite.

What could not be confirmed in public documents stands in ``Product.unconfirmed`` and is told.
The models, GenePT and gene2vec are named by one version, whose files never change; so their sums
are known. The gene tables are renewed every day, the Human Protein Atlas's once a year and the
embeddings of UniProt with its releases, under the same addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gene_tui.hub.checksum import Checksum

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
        checksum: its sum (of a model's file at ``REVISION``); None for a file that changes.
        repository: on Hugging Face, "" for a file of a site.
        site: scheme and host of a file that is in no repository.
        member: the last name of the file that is wanted of a zip archive; "" if it is none.
    """

    about: str
    path: str
    bytes: int
    licence: str
    checksum: Checksum | None = None
    repository: str = ""
    site: str = ""
    member: str = ""

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
        citation: whom to cite.
        kind: "model", "vectors" (by gene, in one file) and "expression", of which a space is
            made, or "tables" that name genes.
        format: of the space's source, as ``importers.registry`` calls it; "" for tables.
        unconfirmed: what no public document could be found to confirm; "" if nothing.
    """

    key: str
    about: str
    files: tuple[RemoteFile, ...]
    citation: str
    kind: Literal["model", "vectors", "expression", "tables"] = "model"
    format: str = "geneformer"
    unconfirmed: str = ""


def _weights(folder: str, size: int, sha256: str) -> RemoteFile:
    path = f"{folder}/model.safetensors"
    checksum = Checksum("sha256", sha256)
    return RemoteFile("weights", path, size, _APACHE, checksum, repository=GENEFORMER)


_TOKENS_V1 = RemoteFile(
    "tokens, which name the rows",
    "geneformer/gene_dictionaries_30m/token_dictionary_gc30M.pkl",
    788_424,
    _APACHE,
    Checksum("sha256", "ab9dc40973fa5224d77b793e2fd114cacf3d08423ed9c4c49caf0ba9c7f218f1"),
    repository=GENEFORMER,
)
_TOKENS_V2 = RemoteFile(
    "tokens, which name the rows",
    "geneformer/token_dictionary_gc104M.pkl",
    425_590,
    _APACHE,
    Checksum("sha256", "67c445f4385127adfc48dcc072320cd65d6822829bf27dd38070e6e787bc597f"),
    repository=GENEFORMER,
)

_NCBI = "https://ftp.ncbi.nlm.nih.gov"
_PUBLIC_DOMAIN = "public domain (US government work)"

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
        _PUBLIC_DOMAIN,
        site=_NCBI,
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

#: The mouse's, with MGI's symbols; MGI's own list is left out, for its licence is not known.
_MOUSE_TABLES = (
    RemoteFile(
        "NCBI Gene: symbols (MGI's), synonyms, types, Ensembl IDs",
        "gene/DATA/GENE_INFO/Mammalia/Mus_musculus.gene_info.gz",
        3_000_000,
        _PUBLIC_DOMAIN,
        site=_NCBI,
    ),
)

_GENE2VEC = RemoteFile(
    "vectors in word2vec's text format",
    "jingcheng-du/Gene2vec/6236e0b21fbc367bf8ff5695ed0cc1443861bd1e"
    "/pre_trained_emb/gene2vec_dim_200_iter_9_w2v.txt",
    0,
    "MIT",
    Checksum("git", "9befda3574bea257d79084429885fc069eb732cf"),
    site="https://raw.githubusercontent.com",
)
_GENEPT = RemoteFile(
    "archive of four files; the one by text-embedding-ada-002 is unpacked (461 MB) and read",
    "records/10833191/files/GenePT_emebdding_v2.zip",
    574_395_233,
    "CC BY 4.0",
    Checksum("md5", "3f6ce4317e3a0091978ae5cb8fbf05a3"),
    site="https://zenodo.org",
    member="GenePT_gene_embedding_ada_text.pickle",
)
_PROTT5 = RemoteFile(
    "a vector a protein, in HDF5",
    "pub/databases/uniprot/current_release/knowledgebase/embeddings/UP000005640_9606"
    "/per-protein.h5",
    47_400_000,
    "CC BY 4.0",
    site="https://ftp.uniprot.org",
)

_THEODORIS = "Theodoris et al. 2023, doi:10.1038/s41586-023-06139-9"
_CHEN = "Chen et al. 2024, doi:10.1101/2024.08.16.608180"

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
            _THEODORIS,
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
            _CHEN,
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
            _CHEN,
        ),
        Product(
            "gene2vec",
            "gene2vec, from co-expression in 984 data sets: 200 dimensions",
            (_GENE2VEC,),
            "Du et al. 2019, doi:10.1186/s12864-018-5370-x",
            "vectors",
            "word2vec-text",
            "the size of the file",
        ),
        Product(
            "genept",
            "GenePT, NCBI's summaries of genes as a language model embeds them: 1,536 dimensions",
            (_GENEPT,),
            "Chen and Zou 2025, doi:10.1038/s41551-024-01284-6",
            "vectors",
            "pickle",
            "the licence, which others report of the record's metadata; whether its entries are "
            "lists or arrays (both are read)",
        ),
        Product(
            "prott5",
            "ProtT5 of the human proteome, by UniProt, a vector a protein: 1,024 dimensions",
            (_PROTT5,),
            "Elnaggar et al. 2022, doi:10.1109/TPAMI.2021.3095381; the UniProt Consortium 2023, "
            "doi:10.1093/nar/gkac1052",
            "vectors",
            "hdf5",
            "the size at the next release, and a sum",
        ),
        Product(
            "genes",
            "tables that name human genes, for --annotations",
            TABLES,
            "Seal et al. 2023, doi:10.1093/nar/gkac888; Brown et al. 2015, doi:10.1093/nar/gku1055",
            "tables",
            "",
        ),
        Product(
            "mouse-genes",
            "a table that names the genes of the mouse, for --annotations",
            _MOUSE_TABLES,
            "Brown et al. 2015, doi:10.1093/nar/gku1055",
            "tables",
            "",
            "today's size (it is of 2019)",
        ),
        Product(
            "protein-atlas",
            "expression in tissues, blood cells and cell lines (Human Protein Atlas), made into a "
            "space as the atlas in the box was: 128 dimensions",
            EXPRESSION,
            "Uhlén et al. 2015, doi:10.1126/science.1260419",
            "expression",
            "protein-atlas",
            "addresses and columns, which are as programs that read the tables have them; the size "
            "of the cell lines' table; sums",
        ),
    )
}
