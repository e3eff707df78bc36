"""Files that are not read: what they are, and the one line that makes of them what is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

from gene_tui.errors import FileError
from gene_tui.spaces.importers.packing import members, packing_of
from gene_tui.spaces.importers.streams import bad, head, printable, suffix

_URL = re.compile(r"([a-z][a-z0-9+]{1,9}):/+(.*)", re.IGNORECASE)
_UNPACK = {"gzip": "gunzip -k", "xz": "unxz -k", "bzip2": "bunzip2 -k", "zip": "unzip"}
_HDF5 = b"\x89HDF\r\n\x1a\n"
#: How the content of formats begins that are read from plain files only.
_BINARY = {_HDF5: "HDF5", b"\x93NUMPY": "NumPy", b"PAR1": "Parquet", b"PK\x03\x04": "zip"}
_PANDAS = "python -c \"import pandas; pandas.read_{0}('{1}').to_csv('{2}.csv', index=False)\""


def address(path: Path) -> FileError | None:
    """The error for an address of the network where a file should be."""
    found = _URL.fullmatch(str(path))
    if not found:
        return None
    url = f"{found[1]}://{found[2]}"
    return FileError(
        f"{printable(url)} is an address, not a file",
        f"fetch it first: curl -LO {shlex.quote(url)}; gene-tui get fetches models it knows",
    )


def recognised(path: Path) -> FileError | None:
    """The error for a file that is of a known kind, but of none that is read; None for others."""
    with path.open("rb") as handle:
        raw = handle.read(4096)
    content = head(path, 4096)
    packing = packing_of(path)
    inside = next((kind for mark, kind in _BINARY.items() if content.startswith(mark)), "")
    if packing and inside:
        return bad(
            path,
            f"it is a {inside} file packed with {packing}, which is read only unpacked",
            f"unpack it: {_UNPACK[packing]} {shlex.quote(str(path))}",
        )
    for is_it, what, hint in _KINDS:
        if is_it(raw, content, path):
            name = shlex.quote(path.name)
            return bad(path, f"it is {what}", hint.format(name=name, stem=Path(path.name).stem))
    if raw.startswith(b"PK\x03\x04") and (held := members(path)):
        shown = ", ".join(printable(name) for name in held[:5]) + (" …" if len(held) > 5 else "")
        return bad(
            path,
            f"it is a zip archive of {len(held):,} files: {shown}",
            f"unpack it and give the one you mean: unzip {shlex.quote(str(path))}",
        )
    return None


def _zip_with(name: str) -> Callable[[bytes, bytes, Path], bool]:
    return lambda raw, _, path: raw.startswith(b"PK\x03\x04") and name in members(path)


def _starts(*marks: bytes) -> Callable[[bytes, bytes, Path], bool]:
    return lambda _raw, content, _path: content.startswith(marks)


def _is_tar(_raw: bytes, content: bytes, _path: Path) -> bool:
    return content[257:262] == b"ustar"


def _is_web_page(_raw: bytes, content: bytes, _path: Path) -> bool:
    start = content.lstrip()[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _is_seurat(_raw: bytes, content: bytes, path: Path) -> bool:
    return content.startswith(_HDF5) and suffix(path) in (".h5seurat", ".loom")


#: A test of the bytes as stored, unpacked and the path; what it is; what to do.
_KINDS: tuple[tuple[Callable[[bytes, bytes, Path], bool], str, str], ...] = (
    (
        _starts(b"\xba\x16\x4f\x2f"),
        "a model of fastText in its own format",
        "write its vectors as text: python -c \"import fasttext as f; m = f.load_model('{name}'); "
        'print(len(m.words), m.get_dimension()); [print(w, *m[w]) for w in m.words]" '
        "> {stem}.vec",
    ),
    (
        _starts(b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n"),
        "a workspace of R (.rda, .RData)",
        "in R: load('{name}'); write.csv(x, '{stem}.csv') for the matrix x in it",
    ),
    (
        _starts(b"X\n\0\0\0", b"A\n2\n", b"A\n3\n"),
        "an object of R (.rds)",
        "in R: write.csv(as.matrix(readRDS('{name}')), '{stem}.csv')",
    ),
    (
        _starts(b"MATLAB "),
        "a MATLAB file (.mat)",
        "in MATLAB: writematrix(x, '{stem}.csv') for the matrix x, the names in a file of labels",
    ),
    (
        _zip_with("xl/workbook.xml"),
        "an Excel workbook",
        "save the sheet as csv, or: " + _PANDAS.format("excel", "{name}", "{stem}"),
    ),
    (
        _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        "an old Excel workbook (.xls) or another Office file",
        "save the sheet as csv",
    ),
    (_zip_with("content.xml"), "an OpenDocument file", "save the sheet as csv"),
    (
        _starts(b"ARROW1", b"FEA1"),
        "a Feather or Arrow file",
        _PANDAS.format("feather", "{name}", "{stem}"),
    ),
    (
        _starts(b"version https://git-lfs"),
        "a pointer of Git LFS, not the file itself",
        "fetch the file: git lfs pull",
    ),
    (_is_tar, "a tar archive", "unpack it and give the file you mean: tar xf {name}"),
    (_is_web_page, "a web page", "fetch the file itself, not the page that shows it"),
    (_starts(b"%PDF"), "a PDF document", "give the table itself, as csv"),
    (_starts(b"SQLite format 3"), "a database of SQLite", "export the table as csv"),
    (_starts(b"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive", "unpack it: 7z x {name}"),
    (_starts(b"\x28\xb5\x2f\xfd"), "packed with Zstandard", "unpack it: unzstd {name}"),
    (
        _is_seurat,
        "a file of Seurat or Loom",
        "write the table of vectors as csv, a row a gene",
    ),
)
