"""Torch checkpoints (.pt, .pth, .bin), read without torch and without running their pickle.

Since torch 1.6 a checkpoint is a zip: ``data.pkl`` says which tensor lies in which storage, each
storage is a member of its own. The pickle is read as data by ``safe_pickle``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from gene_tui.spaces.importers.named_vectors import name_of
from gene_tui.spaces.importers.pickle_machine import Allowed, Global
from gene_tui.spaces.importers.pickle_names import NUMPY, ORDERED
from gene_tui.spaces.importers.safe_pickle import load
from gene_tui.spaces.importers.streams import bad, check_growth, guarded
from gene_tui.spaces.importers.tensors import Tensor

#: Torch's storages and the kinds of numbers in them.
_STORAGES = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}
#: The pickle of a checkpoint lists tensors; it is never longer than this.
_PICKLE_BYTES = 256 << 20
_LONGEST_NAME = 1000
#: A pickled number with which the files of torch before 1.6 begin.
_OLD_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


@dataclass(frozen=True, slots=True)
class _Storage:
    """A storage: the kind of its numbers, the member that holds them, how many there are."""

    kind: str
    key: str
    count: int


def is_torch(path: Path) -> bool:
    """Whether the file is a zip with a torch pickle in it."""
    with path.open("rb") as handle:
        if handle.read(4) != b"PK\x03\x04":
            return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/data.pkl") for name in archive.namelist())


def is_old_torch(path: Path) -> bool:
    """Whether the file is a checkpoint of torch before 1.6, which is no zip."""
    with path.open("rb") as handle:
        return handle.read(len(_OLD_MAGIC)) == _OLD_MAGIC


def pickle_of(path: Path, archive: zipfile.ZipFile) -> tuple[str, bytes]:
    """The folder inside the archive, and the bytes of its pickle.

    Raises:
        FileError: there is none, or more than one, or it is too long.
    """
    names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(names) != 1:
        raise bad(path, "it holds no torch checkpoint (no data.pkl, or more than one)")
    size = archive.getinfo(names[0]).file_size
    if size > _PICKLE_BYTES:
        raise bad(path, f"its data.pkl has {size:,} bytes: refused")
    return names[0].removesuffix("data.pkl"), archive.read(names[0])


class TorchFile:
    """An open torch checkpoint; see ``tensors.Checkpoint``.

    Raises:
        FileError: it is damaged, was written by torch before 1.6, or its pickle asks for
            something that is not plain data.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._archive() as archive:
            self._folder, data = pickle_of(path, archive)
            order = f"{self._folder}byteorder"
            if order in archive.namelist() and archive.read(order) != b"little":
                raise bad(path, "its numbers are big-endian, which is not read")
        root = load(path, data, _ALLOWED, _persistent)
        found: dict[str, Tensor] = {}
        _collect(root, "", found, set())
        self.tensors: Mapping[str, Tensor] = found

    @contextmanager
    def _archive(self) -> Iterator[zipfile.ZipFile]:
        with guarded(self.path, "a torch checkpoint"):
            if is_old_torch(self.path):
                raise bad(
                    self.path,
                    "it was written by torch before 1.6, whose files are not read",
                    "load it and save it again with a newer torch",
                )
            try:
                archive = zipfile.ZipFile(self.path)
            except zipfile.BadZipFile as error:
                raise bad(
                    self.path,
                    "it is no torch checkpoint, or it is cut short",
                    "copy it again from its source",
                ) from error
            with archive:
                yield archive

    @contextmanager
    def stored(self, tensor: Tensor) -> Iterator[tuple[IO[bytes], int]]:
        """The bytes of the tensor's storage."""
        with self._archive() as archive:
            name = f"{self._folder}data/{tensor.place}"
            if name not in archive.namelist():
                raise bad(self.path, f"the numbers of storage {tensor.place} are missing")
            member = archive.getinfo(name)
            what = f"storage {tensor.place}"
            check_growth(self.path, what, member.compress_size, member.file_size)
            with archive.open(member) as handle:
                yield handle, member.file_size


def _persistent(identity: Any) -> _Storage:
    """A storage from what torch writes for one: ("storage", its class, key, device, count)."""
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise ValueError("an unknown reference")
    _, kind, key, _device, count = identity
    if not isinstance(kind, Global) or not isinstance(key, str) or type(count) is not int:
        raise ValueError("an unknown reference")
    name = kind.name.removeprefix("torch.")
    if name not in _STORAGES or not key.isascii() or not key.isalnum():
        raise ValueError("an unknown storage")
    return _Storage(_STORAGES[name], key, count)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or not all(type(number) is int for number in numbers):
        raise ValueError("a tensor that is none")
    if len(shape) != len(strides):
        raise ValueError("a tensor whose strides do not match its shape")
    return Tensor(storage.kind, tuple(shape), tuple(strides), offset, storage.key)


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _size(sides: Any = ()) -> tuple[int, ...]:
    return tuple(sides)


def _refused(name: str, *_: Any) -> None:
    raise ValueError(f"{name} cannot be made")


_ALLOWED: Allowed = {
    **NUMPY,
    **ORDERED,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _size,
    **{f"torch.{name}": partial(_refused, name) for name in _STORAGES},
}


def _collect(value: Any, prefix: str, found: dict[str, Tensor], seen: set[int]) -> None:
    """Every tensor of nested dictionaries, by its dotted name; no dictionary is seen twice."""
    if isinstance(value, Tensor):
        found[prefix] = value
    elif isinstance(value, dict) and id(value) not in seen and len(prefix) < _LONGEST_NAME:
        seen.add(id(value))
        for name, inner in value.items():
            text = name_of(name)
            if text is not None:
                _collect(inner, f"{prefix}.{text}" if prefix else text, found, seen)


def mentions(path: Path, name: str) -> bool:
    """Whether a torch checkpoint's pickle has this text in it; False for any other file."""
    if not is_torch(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return name.encode() in pickle_of(path, archive)[1]
