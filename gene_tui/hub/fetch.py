"""From a product to files on disk and a space."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gene_tui import files, paths
from gene_tui.errors import FileError, UsageError
from gene_tui.genes.annotations import read_annotations
from gene_tui.hub import http, huggingface, transfer
from gene_tui.hub.checksum import Checksum
from gene_tui.hub.http import Remote
from gene_tui.hub.sources import REVISION, Product, RemoteFile
from gene_tui.hub.transfer import Pause
from gene_tui.run import QUIET, Run
from gene_tui.spaces.importers import protein_atlas
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.space import Space
from gene_tui.text import clip


@dataclass(frozen=True, slots=True)
class Planned:
    """One file to fetch: from where, to where, and whether one is there already.

    ``there`` is not a promise: a model's file is checked before it is used again, and a gene
    table is renewed by ``get genes`` when its server has a newer one.
    """

    file: RemoteFile
    url: str
    target: Path
    there: bool


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """What fetching a product comes to.

    Attributes:
        product: what is fetched. revision: of its repository.
        files: its own files, in the product's order.
        server: asked for the files of a repository, "" where there are none.
    """

    product: Product
    revision: str
    files: tuple[Planned, ...]
    server: str = ""

    @property
    def bytes(self) -> int:
        """About how much is still to be fetched."""
        return sum(planned.file.bytes for planned in self.files if not planned.there)


def plan(
    product: Product,
    *,
    revision: str = REVISION,
    mirror: str | None = None,
    folder: Path | None = None,
) -> FetchPlan:
    """Say what would be fetched. Asks no server.

    Args:
        mirror: a server that has the same files at the same paths, instead of the product's
            own (of a model ``$HF_ENDPOINT``, else Hugging Face).
        folder: where files are kept; None for the user's cache.

    Raises:
        UsageError: the mirror is no web address.
    """
    home = folder or paths.downloads_dir()
    server = huggingface.endpoint(mirror) if product.kind == "model" else ""
    for address in filter(None, (mirror, server)):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{address} is no server", "give its address: https://…")
    planned = []
    for file in product.files:
        if file.repository:
            url = huggingface.address(file, revision, server)
            target = home / file.repository.replace("/", "--") / _folder(revision) / file.path
        else:
            url = f"{(mirror or file.site).rstrip('/')}/{file.path}"
            target = home / product.key / file.name
        planned.append(Planned(file, url, target, target.is_file()))
    return FetchPlan(product, revision, tuple(planned), server)


def _folder(revision: str) -> str:
    """A folder's name for a revision, which may be any text.

    Raises:
        UsageError: no repository has such a revision.
    """
    if re.fullmatch("[0-9a-f]{40}", revision):
        return revision[:12]
    if not re.fullmatch(r"(?!.*\.\.)[A-Za-z0-9][\w./-]{0,199}", revision, re.ASCII):
        raise UsageError(f"--revision {clip(revision)} is none", "a commit, a branch or a tag")
    # Two names may differ only in what a folder's name cannot hold.
    plain = re.sub(r"[^A-Za-z0-9]+", "-", revision)[:20]
    return f"{plain}-{hashlib.sha256(revision.encode()).hexdigest()[:8]}"


def fetch(
    plan: FetchPlan, *, renew: bool = True, pause: Pause = time.sleep, run: Run = QUIET
) -> list[Path]:
    """Fetch what is missing, check it, and say where it is, in the order of the plan.

    Args:
        renew: ask whether there are newer tables; otherwise those on disk will do.
        pause: waits so many seconds between attempts; replaced in tests.

    Raises:
        UsageError: a model is wanted and huggingface_hub is not installed.
        FileError: a server cannot be reached, a file is wrong, or the disk is full.
        Cancelled: what was received is kept for the next time.
    """
    for planned in plan.files:
        run.check()
        target = planned.target
        if planned.file.repository:
            if _right(planned, plan.revision, run):
                continue
            remote = huggingface.look_up(planned.file, plan.revision, plan.server)
            if planned.there and _sums_to(target, remote.checksum, run):
                continue
            transfer.download(remote, target, pause=pause, run=run)
        elif renew or not planned.there:
            remote = http.look_up(planned.url)
            if planned.there and _version(target) == remote.identity:
                continue
            fresh = target.with_name(f".{target.name}.new")
            transfer.download(remote, fresh, pause=pause, run=run)
            _accept_table(fresh, target, remote, plan.product, run)
    return [planned.target for planned in plan.files]


def import_model(
    plan: FetchPlan,
    folder: Path,
    *,
    name: str,
    annotations: Sequence[Path] = (),
    replace: bool = False,
    run: Run = QUIET,
) -> Space:
    """Make a space of a model, or of expression, that was fetched.

    Args:
        folder: of the space. annotations: tables that name its genes.

    Raises:
        As ``import_space``.
    """
    first, *others = (planned.target for planned in plan.files)
    if plan.product.kind == "expression":
        recipe = Recipe(first.parent, tuple(annotations), format="protein-atlas")
    else:
        recipe = Recipe(first, tuple(annotations), format="geneformer", labels=others[0])
    return import_space(recipe, folder, name=name, replace=replace, run=run)


def _right(planned: Planned, revision: str, run: Run) -> bool:
    """Whether a file on disk is the one known here, so that no server need be asked."""
    if not planned.there or revision != REVISION or not planned.file.sha256:
        return False
    known = Checksum("sha256", planned.file.sha256)
    return _sums_to(planned.target, known, run)


def _sums_to(path: Path, checksum: Checksum | None, run: Run) -> bool:
    return checksum is not None and checksum == checksum.of(path, run=run)


def _version_file(table: Path) -> Path:
    return table.with_name(f".{table.name}.version")


def _version(table: Path) -> str:
    """Identity of the remote file that a table on disk was, "" if that is not known."""
    try:
        return _version_file(table).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _accept_table(fresh: Path, target: Path, remote: Remote, product: Product, run: Run) -> None:
    """Put a new table in its place; what is none (a page sent instead) does not get there."""
    what = "table of expression" if product.kind == "expression" else "gene table"
    try:
        if product.kind == "expression":
            protein_atlas.check(fresh)
        else:
            read_annotations(fresh, run=run)
    except FileError as error:
        fresh.unlink(missing_ok=True)
        raise FileError(
            f"{remote.url} is no {what}: {error.message}",
            "its server sent something else in its place; try again later, or a --mirror",
        ) from None
    files.put(fresh, target)
    files.write(_version_file(target), remote.identity)
