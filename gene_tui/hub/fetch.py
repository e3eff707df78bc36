"""From a product to files on disk and a space."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import time
import zipfile
import zlib
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
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.importers import protein_atlas
from gene_tui.spaces.importers.registry import FORMATS
from gene_tui.spaces.importers.streams import optional
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
    if plan.product.format == "hdf5":
        optional("h5py", plan.files[0].target)
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
            if _right(planned, REVISION, run):
                continue
            known = planned.file.checksum
            remote = http.look_up(planned.url)
            if planned.there and known is None and _version(target) == remote.identity:
                continue
            remote = dataclasses.replace(remote, checksum=known or remote.checksum)
            fresh = target.with_name(f".{target.name}.new")
            transfer.download(remote, fresh, pause=pause, run=run)
            _accept(fresh, target, remote, plan.product, run)
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
    """Make a space of a model, of vectors or of expression that was fetched.

    Args:
        folder: of the space. annotations: tables that name its genes.

    Raises:
        As ``import_space``.
    """
    product = plan.product
    first, *others = (planned.target for planned in plan.files)
    recipe = Recipe(first, tuple(annotations), format=product.format)
    if product.kind == "expression":
        recipe = dataclasses.replace(recipe, path=first.parent)
    elif product.kind == "model":
        recipe = dataclasses.replace(recipe, labels=others[0])
    elif product.files[0].member:
        recipe = dataclasses.replace(recipe, path=_unpacked(first, product.files[0].member, run))
    return import_space(recipe, folder, name=name, replace=replace, run=run)


def _right(planned: Planned, revision: str, run: Run) -> bool:
    """Whether a file on disk is the one known here, so that no server need be asked."""
    if not planned.there or revision != REVISION:
        return False
    return _sums_to(planned.target, planned.file.checksum, run)


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


def _unpacked(archive: Path, member: str, run: Run) -> Path:
    """One file of a zip archive, by its last name, beside it; made once.

    Raises:
        FileError: the archive is damaged or lacks it, or the disk is full.
        Cancelled: nothing is left behind.
    """
    target = archive.with_name(member)
    try:
        with zipfile.ZipFile(archive) as opened:
            found = [it for it in opened.infolist() if it.filename.rpartition("/")[2] == member]
            if len(found) != 1:
                raise FileError(f"{archive} holds no {member}", "fetch it again")
            total = found[0].file_size
            if target.is_file() and target.stat().st_size == total:
                return target
            with opened.open(found[0]) as packed, files.replacing(target) as handle:
                while block := packed.read(1 << 20):
                    run.check()
                    handle.write(block)
                    run.report(Progress(f"unpacking {member}", handle.tell(), total, "B"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileError(f"{archive} is damaged: {error}", "remove it and fetch it again") from None
    return target


def _accept(fresh: Path, target: Path, remote: Remote, product: Product, run: Run) -> None:
    """Put what came in its place; what is something else (a page sent instead) does not get
    there."""
    what = {"expression": "table of expression", "vectors": f"{product.format} file"}.get(
        product.kind, "gene table"
    )
    try:
        if product.kind == "expression":
            protein_atlas.check(fresh)
        elif product.kind == "tables":
            read_annotations(fresh, run=run)
        elif not (product.files[0].checksum or FORMATS[product.format].probe(fresh)):
            raise FileError("its beginning is another's", "")
    except FileError as error:
        fresh.unlink(missing_ok=True)
        raise FileError(
            f"{remote.url} is no {what}: {error.message}",
            "its server sent something else in its place; try again later, or a --mirror",
        ) from None
    files.put(fresh, target)
    files.write(_version_file(target), remote.identity)
