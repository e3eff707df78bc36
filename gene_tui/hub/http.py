"""Asking servers over HTTP: what they announce of a file, and the file itself."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import IO

from gene_tui import __version__
from gene_tui.errors import FileError
from gene_tui.hub.checksum import Checksum

#: Seconds without a byte after which a connection counts as broken.
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote file as its server announces it.

    Attributes:
        url: where it is.
        size: its bytes, None where the server does not say.
        checksum: what it must sum to, None where nothing is known.
        etag: the server's name for this version, with its quotes; "" if it gives none.
    """

    url: str
    size: int | None = None
    checksum: Checksum | None = None
    etag: str = ""

    @property
    def identity(self) -> str:
        """Names this version of the file, for what was received of it."""
        known = self.checksum.value if self.checksum else f"{self.url} {self.size} {self.etag}"
        return hashlib.sha256(known.encode()).hexdigest()[:16]


class Broken(Exception):
    """The connection failed in a way that may pass."""


@contextlib.contextmanager
def opened(
    url: str, *, method: str = "GET", headers: dict[str, str] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """An answer of a server, redirects followed; proxies as the environment says.

    Raises:
        urllib.error.HTTPError: the server refuses.
        Broken: it cannot be reached, or breaks off.
    """
    agent = {"User-Agent": f"gene-tui/{__version__}"}
    request = urllib.request.Request(url, headers=agent | (headers or {}), method=method)
    try:
        response = urllib.request.build_opener(_Redirects).open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise Broken(str(reason) or type(error).__name__) from None
    with response:
        yield response


def look_up(url: str) -> Remote:
    """Ask a server about one of its files, without fetching it.

    Raises:
        FileError: it cannot be reached or has no such file.
    """
    try:
        with opened(url, method="HEAD") as response:
            headers = response.headers
            length = headers.get("Content-Length", "")
            size = int(length) if length.isdigit() else None
            return Remote(url, size, _google_md5(headers), headers.get("ETag", ""))
    except urllib.error.HTTPError as error:
        raise refused(url, error) from None
    except Broken as error:
        raise unreachable(url, str(error)) from None


def unreachable(url: str, reason: str) -> FileError:
    """The error for a server that does not answer."""
    return FileError(
        f"{url} cannot be reached ({reason})",
        "check the connection; HTTPS_PROXY names a proxy, --mirror another server",
    )


def refused(url: str, error: urllib.error.HTTPError) -> FileError:
    what = "is not there" if error.code in (404, 410) else f"is refused: HTTP {error.code}"
    return FileError(f"{url} {what}", "try another --mirror, or look for it in a browser")


def _google_md5(headers: Message) -> Checksum | None:
    """The sum that Google's storage announces, of files it does not pack for sending."""
    if headers.get("x-goog-stored-content-encoding", "identity") != "identity":
        return None
    for field in headers.get_all("x-goog-hash", []):
        for part in field.split(","):
            kind, _, value = part.strip().partition("=")
            if kind == "md5":
                with contextlib.suppress(binascii.Error):
                    return Checksum("md5", base64.b64decode(value, validate=True).hex())
    return None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted connection to an open one."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.HTTPError(newurl, code, "redirected to an open address", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
