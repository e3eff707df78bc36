"""FAISS, imported late and held to the threads the engines may use."""

from __future__ import annotations

import importlib
import os
from typing import Any

from gene_tui.engines.pool import threads


def faiss() -> Any:
    """The faiss module, limited to the engines' threads in the calling thread.

    OpenMP keeps the number of threads per calling thread, so this is asked for wherever work
    starts. Its idle threads sleep instead of spinning: other sessions share the machine.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    module = importlib.import_module("faiss")
    module.omp_set_num_threads(threads())
    return module
