"""How loops are compiled: from their signature, without the GIL, kept on disk where possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])

#: numba's own tools and settings, which have no types.
codegen: Any = cgutils
config: Any = numba.config
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


def _maximum(typing: Any, one: Any, two: Any) -> Any:
    """The larger of two numbers that are not NaN, in a form that loops do in wide registers.

    Written as a comparison it is done one by one, for what it makes of NaN and of −0.
    """
    del typing, one, two

    def lower(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.FloatType(), [ir.FloatType()] * 2)
        function = codegen.get_or_insert_function(builder.module, kind, "llvm.maxnum.f32")
        return builder.call(function, arguments, fastmath=("nnan", "nsz"))

    return types.float32(types.float32, types.float32), lower


# With numba's compiling switched off (NUMBA_DISABLE_JIT) the loops are plain Python.
larger: Any = max if config.DISABLE_JIT else intrinsic(_maximum)
