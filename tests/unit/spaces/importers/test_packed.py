"""Packed files, wide encodings, and files that are not read but named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from gene_tui.errors import FileError
from gene_tui.spaces.importers import open_source
from gene_tui.spaces.importers.streams import head, stem, suffix

from .sources import names, numbers, refused, whole

Packer = Callable[[str, bytes], bytes]


def _zip(*more: str) -> Packer:
    def pack(name: str, data: bytes) -> bytes:
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
            for other in more:
                archive.writestr(other, b"")
        return box.getvalue()

    return pack


PACKERS: dict[str, Packer] = {
    "gz": lambda _, data: gzip.compress(data),
    "xz": lambda _, data: lzma.compress(data),
    "bz2": lambda _, data: bz2.compress(data),
    "zip": _zip(),
    "mac.zip": _zip("__MACOSX/._x", "__MACOSX/", ".DS_Store"),
}
ROWS = [
    f"{name} " + " ".join(f"{x:.6g}" for x in row)
    for name, row in zip(names(30), numbers(30, 5), strict=True)
]
TEXTS = {
    "x.vec": "30 5\n" + "\n".join(ROWS) + "\n",
    "x.txt": "\n".join(ROWS) + "\n",
    "x.csv": "gene,a,b,c,d,e\n" + "\n".join(ROWS).replace(" ", ",") + "\n",
    "x.json": "{" + ",".join(
        f'"{row.split()[0]}": [{",".join(row.split()[1:])}]' for row in ROWS
    ) + "}",
}  # fmt: skip


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", TEXTS)
def test_one_packed_file_reads_as_the_file(tmp_path: Path, name: str, packer: str) -> None:
    path = tmp_path / f"{name}.{packer}"
    path.write_bytes(PACKERS[packer](name, TEXTS[name].encode()))
    read = whole(path)
    assert read.labels == names(30)
    np.testing.assert_allclose(read.vectors, numbers(30, 5), rtol=1e-5)
    if packer != "mac.zip":
        assert (stem(path), suffix(path)) == ("x", name[1:])


@pytest.mark.parametrize("packer", ["gz", "xz", "bz2", "zip"])
def test_a_packed_file_that_is_cut_short_is_refused(tmp_path: Path, packer: str) -> None:
    data = PACKERS[packer]("x.vec", TEXTS["x.vec"].encode())
    path = tmp_path / f"x.vec.{packer}"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FileError, match=path.name):
        whole(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", TEXTS)
def test_wide_encodings_read_as_utf8(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_bytes(TEXTS[name].replace("GENE-1A", "GÈNE-1A").encode(encoding))
    read = whole(path)
    assert read.labels == [name.replace("GENE-1A", "GÈNE-1A") for name in names(30)]
    np.testing.assert_allclose(read.vectors, numbers(30, 5), rtol=1e-5)


def test_a_zip_under_a_password_is_let_go_of(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    packed = bytearray(_zip()("x.csv", b"gene,d0\nA,1\n"))
    # The flag that a member is encrypted, where it begins and in the list of members.
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(packed)
    before = set(Path("/proc/self/fd").iterdir()) if Path("/proc/self/fd").is_dir() else set()
    assert head(file) == b""
    refused(file, "password|encrypted")
    if before:
        assert len(set(Path("/proc/self/fd").iterdir())) <= len(before)


def test_wide_text_cut_in_a_character_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(TEXTS["x.csv"].encode("utf-16")[:-1])
    refused(path, "UTF-16")


def test_the_head_of_a_damaged_file_is_what_there_is(tmp_path: Path) -> None:
    data = gzip.compress(TEXTS["x.vec"].encode(), 0)
    (tmp_path / "x").write_bytes(data[:200])
    assert TEXTS["x.vec"].encode().startswith(head(tmp_path / "x"))


def _hdf5() -> bytes:
    box = io.BytesIO()
    with h5py.File(box, "w") as file:
        file["x"] = np.zeros(3)
    return box.getvalue()


FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "m.bin": (b"\xba\x16\x4f\x2f" + bytes(80), "fastText", "load_model"),
    "m.rda": (gzip.compress(b"RDX3\nX\n" + bytes(80)), "workspace of R", "write.csv"),
    "m.RData": (bz2.compress(b"RDX2\nX\n" + bytes(80)), "workspace of R", "write.csv"),
    "m.rds": (gzip.compress(b"X\n\0\0\0\3" + bytes(80)), "object of R", "readRDS"),
    "m.mat": (b"MATLAB 5.0 MAT-file, Platform" + bytes(200), "MATLAB", "writematrix"),
    "m.xlsx": (_zip("xl/workbook.xml")("[Content_Types].xml", b""), "Excel workbook", "csv"),
    "m.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(80), "old Excel", "csv"),
    "m.ods": (_zip("content.xml")("mimetype", b""), "OpenDocument", "csv"),
    "m.feather": (b"ARROW1\0\0" + bytes(80), "Feather", "read_feather"),
    "m.csv": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS", "pull"),
    "m.html": (b"<!DOCTYPE html><html><body>404</body></html>", "web page", "file itself"),
    "m.pdf": (b"%PDF-1.7\n\xff\xfe" + bytes(80), "PDF", "csv"),
    "m.sqlite": (b"SQLite format 3\0" + bytes(80), "SQLite", "csv"),
    "m.tar": (b"x" * 257 + b"ustar\x0000" + bytes(300), "tar archive", "tar xf"),
    "m.tar.gz": (gzip.compress(b"x" * 257 + b"ustar\x0000" + bytes(300)), "tar archive", "tar xf"),
    "m.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(80), "7-Zip", "7z x"),
    "m.csv.zst": (b"\x28\xb5\x2f\xfd" + bytes(80), "Zstandard", "unzstd"),
    "two.zip": (_zip("b.csv")("a.csv", b"x"), "zip archive of 2 files: a.csv, b.csv", "unzip"),
    "m.h5ad.gz": (gzip.compress(_hdf5()), "HDF5 file packed with gzip", "gunzip -k"),
    "m.npy.xz": (lzma.compress(b"\x93NUMPY" + bytes(80)), "NumPy file packed with xz", "unxz"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_read_is_named_with_what_to_do(tmp_path: Path, name: str) -> None:
    data, what, hint = FOREIGN[name]
    (tmp_path / name).write_bytes(data)
    error = refused(tmp_path / name, what)
    assert hint in error.hint
    assert "\n" not in error.hint


@pytest.mark.parametrize("url", ["https://example.org/x.vec", "s3://bucket/x.npz", "ftp://a/b"])
def test_an_address_is_no_file(url: str) -> None:
    with pytest.raises(FileError, match="is an address, not a file") as caught:
        open_source(Path(url))
    assert url in caught.value.message and "curl" in caught.value.hint
