"""Packages that are also the function of their name in the public API.

``gene_tui.compare(a, b)`` and ``from gene_tui.compare import Comparison`` both have to work, and
Python puts a package in the place of any function of its name as soon as something imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Door(ModuleType):
    """A package that, called, is the function of its name in ``gene_tui.api``."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(import_module("gene_tui.api"), name)(*args, **options)


def make_callable(package: str) -> None:
    """Let the package, which is just being imported, be called."""
    sys.modules[package].__class__ = _Door
