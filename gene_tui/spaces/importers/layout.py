"""Folders: the layout of the earlier scripts, and folders with a source file in them.

The scripts keep ``geneformer/gene_embeddings_ordered_*.npz`` with ``gene_descriptions.json``
beside it, and ``word2vec/google_news_embeddings_*.npy`` with ``google_news_words_*.npy``.
"""

from __future__ import annotations

from pathlib import Path

_SCRIPTS = {
    "geneformer": "gene_embeddings_ordered_*.npz",
    "word2vec": "google_news_embeddings_*.npy",
}
_DESCRIPTIONS = "gene_descriptions.json"
#: Files of a folder without the scripts' layout that are looked at.
_MOST_FILES = 200


def sources_in(folder: Path) -> list[Path]:
    """Files of a folder that may be sources: the scripts' own, else every file directly in it."""
    found = []
    for name, pattern in _SCRIPTS.items():
        found += sorted(folder.glob(pattern)) + sorted((folder / name).glob(pattern))
    if found:
        return found
    files = sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(".") and file.stat().st_size
    )
    beside = {_metadata_of(file) for file in files[:_MOST_FILES]}
    return [file for file in files[:_MOST_FILES] if file not in beside]


def _metadata_of(file: Path) -> Path | None:
    """The Embedding Projector's metadata of a file of vectors: no source of its own."""
    from gene_tui.spaces.importers import projector

    return projector.metadata_beside(file) if projector.probe(file) > 0.5 else None


def companions(path: Path) -> list[Path]:
    """Annotation files the earlier scripts' layout keeps beside the source at ``path``.

    ``path`` is what the user gave: the file, its folder, or the folder above.
    """
    folder = path if path.is_dir() else path.parent
    places = [folder, folder / "geneformer"] if path.is_dir() else [folder]
    return [place / _DESCRIPTIONS for place in places if (place / _DESCRIPTIONS).is_file()]
