"""How loops are compiled: from their signature, without the GIL, kept on disk where possible."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import intrinsic
from numba.np import linalg

Function = TypeVar("Function", bound=Callable[..., Any])

#: numba's own tools and settings, which have no types.
codegen: Any = cgutils
config: Any = numba.config
#: Sums may be added up in any order, which is what lets them use wide registers.
SUMS = frozenset({"reassoc", "contract"})
#: The same for the largest of many numbers, where none is NaN.
LARGEST = SUMS | {"nnan", "nsz"}


def _put_off_scipy() -> None:
    """Have numba import scipy's linear algebra when somebody's function needs it, not before.

    Before it compiles or loads anything numba finds out whether it could, by importing
    scipy.linalg: a tenth of a second and 14 MB, and no loop of ours has a use for it. The
    question is asked once, by ``numba.np.arraymath``; while that is imported the answer is
    whether scipy is there at all. numba imports and checks the rest itself for each function that
    has need of it, and so do its routines when they run: whatever else this process compiles
    works as ever. Only its own attribute is changed, under the lock under which it compiles.
    """
    name = "numba.np.arraymath"
    with global_compiler_lock:
        ensure: Any = getattr(linalg, "ensure_blas", None)
        if ensure is None or name in sys.modules or config.DISABLE_JIT:
            return

        def is_there() -> None:
            if sys.modules.get("scipy") is None:  # numba has imported it where it is installed
                raise ImportError("scipy is not installed")

        linalg.ensure_blas = is_there
        try:
            arraymath: Any = importlib.import_module(name)
        finally:
            linalg.ensure_blas = ensure
        if getattr(arraymath, "ensure_blas", None) is is_there:
            arraymath.ensure_blas = ensure


_put_off_scipy()


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
