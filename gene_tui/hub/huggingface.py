"""Asking Hugging Face, or a mirror with the same interface, about a file of a repository.

``huggingface_hub`` knows the addresses, the redirects and the headers. The file itself is
fetched by ``transfer``, because the library begins anew when the program was stopped, and
because a wrong sum must be noticed.
"""

from __future__ import annotations

import os

from gene_tui.errors import FileError, UsageError
from gene_tui.hub.checksum import Checksum
from gene_tui.hub.http import TIMEOUT_S, Remote, unreachable
from gene_tui.hub.sources import HUGGING_FACE, REVISION, RemoteFile


def endpoint(mirror: str | None) -> str:
    """The server that is asked: the mirror, else ``$HF_ENDPOINT``, else Hugging Face."""
    return (mirror or os.environ.get("HF_ENDPOINT") or HUGGING_FACE).rstrip("/")


def address(file: RemoteFile, revision: str, server: str) -> str:
    """The address of a file of a repository, as the library makes it."""
    return f"{server}/{file.repository}/resolve/{revision}/{file.path}"


def look_up(file: RemoteFile, revision: str, server: str) -> Remote:
    """What a server announces of a file.

    Raises:
        UsageError: the library is not installed.
        FileError: the server cannot be reached, has no such file, announces no checksum, or
            another one than is known here.
    """
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise UsageError(
            "downloading models needs huggingface_hub, which is not installed",
            "install gene-tui with its hub extra: pip install 'gene-tui[hub]'",
        ) from None
    url = hf_hub_url(file.repository, file.path, revision=revision, endpoint=server)
    try:
        # The files are public: a token stays where it is.
        said = get_hf_file_metadata(url, token=False, timeout=TIMEOUT_S)
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403, 404):
            raise FileError(
                f"{url} is not there (HTTP {status})",
                "check --revision and --mirror, or look for it in a browser",
            ) from None
        raise unreachable(url, f"HTTP {status}") from None
    except Exception as error:  # noqa: BLE001  its HTTP library differs between versions
        reason = str(error).splitlines()
        raise unreachable(url, reason[0] if reason else type(error).__name__) from None
    checksum = _agreed(file, revision, url, Checksum.of_etag(said.etag))
    return Remote(url, said.size, checksum)


def _agreed(file: RemoteFile, revision: str, url: str, announced: Checksum | None) -> Checksum:
    """The sum to check against: the one known here where there is one."""
    if revision != REVISION or file.checksum is None:
        if announced is None:
            raise FileError(f"{url} is announced without a checksum", "use a server that gives one")
        return announced
    known = file.checksum
    if announced is not None and announced.kind == known.kind and announced != known:
        raise FileError(
            f"{url} is another file: its {announced} should be {known.value}",
            "the mirror is wrong; leave --mirror and HF_ENDPOINT out, or try another",
        )
    return known
