"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module", ["gene_tui", "gene_tui.api", "gene_tui.model.result", "gene_tui.session"]
)
def test_the_examples_of_a_module(module: str) -> None:
    done = doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS)
    assert done.attempted and not done.failed
