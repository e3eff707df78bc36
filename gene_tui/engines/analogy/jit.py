"""How loops are compiled: from their signature, without the GIL, kept on disk where possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

#: Sums may be added up in any order, which is what lets them use wide registers.
SUMS = frozenset({"reassoc", "contract"})
#: The same for the largest of many numbers, where none is NaN.
LARGEST = SUMS | {"nnan", "nsz"}


def compiled(signature: Any, freedom: frozenset[str] = SUMS) -> Callable[[Function], Function]:
    """A decorator: the function as machine code.

    Args:
        signature: as numba takes it, a text or types.
        freedom: what arithmetic need not keep, in LLVM's words.
    """

    def compile_(function: Function) -> Function:
        options: dict[str, Any] = {"nogil": True, "fastmath": set(freedom)}
        try:
            made: Any = numba.njit(signature, cache=True, **options)(function)
        except RuntimeError:
            # Neither the package nor the user's cache can be written.
            made = numba.njit(signature, **options)(function)
        return cast(Function, made)

    return compile_
