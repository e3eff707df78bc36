"""What comes with the compiler, and that everybody else's use of it is left as it was."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

_LOOPS = """
import sys
from gene_tui.engines.analogy import join
from numba.np import arraymath, linalg
"""


def _tell(code: str) -> str:
    """What a process of its own prints, the loops loaded."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(not importlib.util.find_spec("scipy"), reason="scipy is not installed")
def test_scipy_comes_only_with_what_needs_it() -> None:
    code = """
print("scipy.linalg" in sys.modules, arraymath._HAVE_BLAS)
print(arraymath.ensure_blas is linalg.ensure_blas, linalg.ensure_blas.__module__)
import numba, numpy as np
product = numba.njit(lambda a, b: np.dot(a, b))
a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
print(np.array_equal(product(a, b), a @ b), "scipy.linalg" in sys.modules)
"""
    assert _tell(_LOOPS + code).splitlines() == [
        "False True",
        "True numba.np.linalg",
        "True True",
    ]


def test_without_scipy_the_compiler_knows_it() -> None:
    code = "import sys; sys.modules['scipy'] = None" + _LOOPS + "print(arraymath._HAVE_BLAS)"
    assert _tell(code) == "False\n"


def test_what_knows_already_is_not_asked_again() -> None:
    before = "from numba.np import arraymath; known = arraymath.ensure_blas"
    after = "print(arraymath.ensure_blas is known is linalg.ensure_blas)"
    assert _tell(before + _LOOPS + after) == "True\n"
