"""Versions, cores and memory."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from gene_tui.doctor.finding import Finding
from gene_tui.engines.pool import threads

#: Packages by the names they may be installed under.
_NEEDED = {
    "textual": ("textual",),
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "FAISS": ("faiss-cpu", "faiss-gpu", "faiss"),
    "numba": ("numba",),
}
_EXTRAS = {
    "formats": ("h5py", "safetensors", "pyarrow"),
    "hub": ("huggingface_hub",),
    "cluster": ("dask", "distributed"),
    "plots": ("matplotlib", "textual-plotext"),
}
_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_LOW_MEMORY = 500_000_000


def look_at_machine(environment: Mapping[str, str]) -> list[Finding]:
    """Versions of what is installed, threads, memory."""
    return [
        Finding("gene-tui", _installed(("gene-tui",)) or "not installed as a package"),
        Finding("Python", f"{platform.python_version()}, {platform.platform(terse=True)}"),
        *(_package(name, names) for name, names in _NEEDED.items()),
        _extras(),
        _threads(environment),
        _memory(),
    ]


def _installed(names: tuple[str, ...]) -> str:
    """The version of the first of ``names`` that is installed, "" if none is."""
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""


def _package(name: str, names: tuple[str, ...]) -> Finding:
    version = _installed(names)
    if version:
        return Finding(name, version)
    return Finding(name, "missing", "install gene-tui again", False)


def _extras() -> Finding:
    there = [extra for extra, names in _EXTRAS.items() if all(_installed((n,)) for n in names)]
    missing = [extra for extra in _EXTRAS if extra not in there]
    advice = f"for more: pip install 'gene-tui[{','.join(missing)}]'" if missing else ""
    return Finding("extras", ", ".join(there) or "none", advice)


def _threads(environment: Mapping[str, str]) -> Finding:
    allowed, cores = threads(), os.cpu_count() or 1
    value = f"{allowed} of {cores}" if allowed != cores else f"{allowed}"
    quota = _cgroup_cores()
    advice = ""
    if quota and quota < allowed:
        advice = f"this session may use {quota:g} cores: --threads {max(1, round(quota))}"
    limits = [f"{name}={environment[name]}" for name in _LIMITS if environment.get(name)]
    return Finding("threads", ", ".join([value, *limits]), advice, not advice)


def _cgroup_cores() -> float:
    """Cores that a container's quota allows; 0 where there is none."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return 0.0


def _memory() -> Finding:
    free = available_memory()
    if not free:
        return Finding("memory", "unknown")
    low = free < _LOW_MEMORY
    advice = "a space of 20,000 genes wants 0.4 GB for analogies" if low else ""
    return Finding("memory", f"{free / 1e9:.1f} GB available", advice, not low)


def available_memory() -> int:
    """Bytes that can still be used, a container's limit included; 0 if unknown."""
    amounts = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                amounts.append(int(line.split()[1]) * 1024)
    except (OSError, ValueError):
        pass
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())
        amounts.append(max(0, limit - int((group / "memory.current").read_text())))
    except (OSError, ValueError):
        pass  # no limit, or no such accounting
    return min(amounts, default=0)
