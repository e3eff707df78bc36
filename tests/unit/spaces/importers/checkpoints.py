"""Torch checkpoints made without torch: the same zip, the same pickle, the same names."""

from __future__ import annotations

import pickle
import sys
import types
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy.typing as npt

STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage"}


@dataclass
class Stored:
    """A tensor: an array, or a view (offset, shape, strides in numbers) of its storage."""

    array: npt.NDArray[Any]
    view: tuple[int, tuple[int, ...], tuple[int, ...]] | None = None
    storage: str = ""


@contextmanager
def named(*names: str) -> Iterator[dict[str, Any]]:
    """Functions that pickle under foreign names; the modules exist only meanwhile."""
    made: dict[str, Any] = {}
    fresh: list[str] = []
    try:
        for full in names:
            module, _, name = full.rpartition(".")
            parts = module.split(".")
            for end in range(1, len(parts) + 1):
                place = ".".join(parts[:end])
                if place not in sys.modules:
                    sys.modules[place] = types.ModuleType(place)
                    fresh.append(place)
            function = types.FunctionType((lambda *_: None).__code__, {}, name)
            function.__module__, function.__qualname__ = module, name
            setattr(sys.modules[module], name, function)
            made[full] = function
        yield made
    finally:
        for place in fresh:
            del sys.modules[place]


def save(path: Path, content: dict[str, Any], *, folder: str = "archive") -> Path:
    """Write {name: Stored or anything plain} as torch.save does."""
    rebuild = "torch._utils._rebuild_tensor_v2"
    storages = [f"torch.{name}" for name in (*STORAGES.values(), "BFloat16Storage")]
    members: list[bytes] = []
    with named(rebuild, *storages) as names:

        class Pickler(pickle.Pickler):
            def persistent_id(self, value: Any) -> Any:
                if not isinstance(value, tuple) or value[:1] != ("a storage",):
                    return None
                return ("storage", names[f"torch.{value[1]}"], value[2], "cpu", value[3])

            def reducer_override(self, value: Any) -> Any:
                if not isinstance(value, Stored):
                    return NotImplemented
                array = value.array
                strides = tuple(step // array.itemsize for step in array.strides)
                offset, shape, steps = value.view or (0, array.shape, strides)
                kind = value.storage or STORAGES[array.dtype.str[1:]]
                members.append(array.tobytes(order="A"))
                storage = ("a storage", kind, str(len(members) - 1), array.size)
                return names[rebuild], (storage, offset, shape, steps, False, {})

        buffer = BytesIO()
        Pickler(buffer, protocol=2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}/data.pkl", buffer.getvalue())
        archive.writestr(f"{folder}/byteorder", "little")
        for index, data in enumerate(members):
            archive.writestr(f"{folder}/data/{index}", data)
        archive.writestr(f"{folder}/version", "3\n")
    return path
