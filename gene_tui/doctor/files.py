"""Where files are, whether they can be written, and on what kind of disk."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from gene_tui import config, paths
from gene_tui.doctor.finding import Finding
from gene_tui.errors import FileError

#: Filesystems on another machine, by the names that mount tables give them.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "9p"}
    | {"fuse.sshfs", "fuse.glusterfs", "glusterfs", "panfs", "autofs"}
)
_LOW_DISK = 1_000_000_000


def look_at_files(environment: Mapping[str, str]) -> list[Finding]:
    """Settings, spaces and history, cache."""
    table = _mount_table()
    return [
        *_settings(),
        _space(environment),
        _folder("spaces, history", paths.data_dir(), "XDG_DATA_HOME", table),
        _folder("cache", paths.cache_dir(), "XDG_CACHE_HOME", table),
        _history(paths.history_file()),
    ]


def filesystem(path: Path, table: str) -> str:
    """The kind of filesystem that ``path`` is on, "" if unknown.

    Args:
        path: absolute, resolved.
        table: as in /proc/mounts; the last of equally long mount points counts.
    """
    best, kind = -1, ""
    for line in table.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), parts[1]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), parts[2]
    return kind


def _mount_table() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _settings() -> list[Finding]:
    file = paths.config_file()
    try:
        settings = config.load(file)
    except FileError as error:
        return [Finding("settings", error.message, error.hint, False)]
    if settings.warnings:
        more = len(settings.warnings) - 1
        rest = f" (and {more} more)" if more else ""
        return [Finding("settings", settings.warnings[0] + rest, "correct the file", False)]
    return [Finding("settings", f"{file}{'' if file.exists() else ' (none, all at default)'}")]


def _space(environment: Mapping[str, str]) -> Finding:
    if environment.get("GENE_TUI_SPACE"):
        return Finding("space", f"{environment['GENE_TUI_SPACE']} (from GENE_TUI_SPACE)")
    try:
        chosen = config.load().space
    except FileError:
        chosen = ""
    if chosen:
        return Finding("space", f"{chosen} (from the settings)")
    from gene_tui.spaces import atlas

    return Finding("space", f"none chosen: {atlas.NAME} opens, {atlas.TITLE}")


def _folder(topic: str, folder: Path, variable: str, table: str) -> Finding:
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    value = f"{folder}" if there == folder else f"{folder} (not there yet)"
    move = f"point {variable} elsewhere"
    if not paths.writable(there):
        return Finding(topic, f"{value}, cannot be written", move, False)
    kind = filesystem(there.resolve(), table)
    free = shutil.disk_usage(there).free
    value += f", {free / 1e9:.1f} GB free" + (f", {kind}" if kind else "")
    if free < _LOW_DISK:
        return Finding(topic, value, f"little room; {move}", False)
    if kind in _NETWORK:
        return Finding(topic, value, f"on the network: slower at first; to change it {move}")
    return Finding(topic, value)


def _history(file: Path) -> Finding:
    try:
        told = file.stat()
    except FileNotFoundError:
        return Finding("history", f"{file} (none yet)")
    except OSError as error:
        return Finding("history", f"{file}: {error.strerror}", "check its permissions", False)
    value = f"{file}, {told.st_size / 1e6:.1f} MB"
    if not os.access(file, os.R_OK | os.W_OK):
        advice = f"make it yours again, as with chmod 600 {file}"
        return Finding("history", f"{value}, cannot be written", advice, False)
    if stat.S_IMODE(told.st_mode) & 0o077:
        return Finding("history", f"{value}, open to others", f"chmod 600 {file}", False)
    return Finding("history", value)
