"""Fetching public files, against a loopback server that answers as Hugging Face does."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import pickle
import struct
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from gene_tui import paths
from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.hub import PRODUCTS, REVISION, RemoteFile, fetch, plan
from gene_tui.hub.checksum import Checksum
from gene_tui.hub.fetch import FetchPlan
from gene_tui.hub.http import Remote, look_up
from gene_tui.hub.transfer import download
from gene_tui.run import Progress, Run
from gene_tui.session import Session
from gene_tui.spaces import catalog
from tests.cli import Ran, run
from tests.unit.spaces.importers.test_protein_atlas import write_tables

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Site:
    """What the loopback server has, and how it misbehaves.

    Attributes:
        files: content by path.
        announced: content whose sums are announced instead, by path.
        drops: bytes after which the next answers to GET break off, by path.
        refusals: status codes of the next answers to GET, by path.
        ranges: whether parts are sent when asked for.
        sums: whether plain files come with the sum that Google's storage gives.
        seen: (method, path, Range) of all requests. tokens: authorizations sent.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, bytes] = field(default_factory=dict)
    drops: dict[str, list[int]] = field(default_factory=dict)
    refusals: dict[str, list[int]] = field(default_factory=dict)
    ranges: bool = True
    sums: bool = True
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str, end: str) -> list[str]:
        """The Range headers of the requests for paths with that end."""
        return [given for how, path, given in self.seen if how == method and path.endswith(end)]


class Handler(BaseHTTPRequestHandler):
    """Answers resolve addresses as the Hub does (large files live elsewhere: a redirect, and
    what is there is announced in X-Linked headers), all others as a plain site does."""

    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        site, path = self.site, urlsplit(self.path).path
        site.seen.append((self.command, path, self.headers.get("Range", "")))
        if token := self.headers.get("Authorization"):
            site.tokens.append(token)
        if "/resolve/" in path:
            self._resolve(path)
            return
        name = path.removeprefix("/elsewhere")
        content = site.files.get(name)
        if content is None:
            self._plain(404, {})
        elif body and site.refusals.get(name):
            self._plain(site.refusals[name].pop(0), {})
        else:
            self._send(name, content, body)

    def _resolve(self, path: str) -> None:
        _, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        content = self.site.files.get(f"/{name}")
        if content is None or revision not in ("main", REVISION):
            self._plain(404, {"X-Error-Code": "EntryNotFound"})
            return
        said = self.site.announced.get(f"/{name}", content)
        commit = {"X-Repo-Commit": COMMIT if revision == "main" else revision}
        if name.endswith((".safetensors", ".pkl")):
            # Another host, as of a content network.
            where = f"http://localhost:{self.site.port}/elsewhere/{name}?signed=1"
            linked = {
                "X-Linked-Etag": f'"{hashlib.sha256(said).hexdigest()}"',
                "X-Linked-Size": str(len(content)),
                "Location": where,
            }
            self._plain(302, commit | linked)
        else:
            blob = hashlib.sha1(b"blob %d\0" % len(said) + said).hexdigest()
            self._plain(200, commit | {"ETag": f'"{blob}"'}, content)

    def _send(self, name: str, content: bytes, body: bool) -> None:
        site = self.site
        md5 = base64.b64encode(hashlib.md5(site.announced.get(name, content)).digest()).decode()
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:12]}"'}
        if site.sums:
            headers["x-goog-hash"] = f"crc32c=AAAAAA==, md5={md5}"
        start, status = 0, 200
        given = self.headers.get("Range", "")
        fresh = self.headers.get("If-Range", headers["ETag"]) == headers["ETag"]
        if given and site.ranges and fresh:
            start = int(given.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                self._plain(416, {})
                return
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content) - start)}.items():
            self.send_header(key, value)
        self.end_headers()
        if body and site.drops.get(name):
            self.wfile.write(content[start : start + site.drops[name].pop(0)])
            self.close_connection = True
        elif body:
            self.wfile.write(content[start:])

    def _plain(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    served = Site()
    handler = type("Bound", (Handler,), {"site": served})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def no_pause(_: float) -> None:
    pass


CONTENT = np.random.default_rng(0).bytes(300_000)


def parts(folder: Path) -> list[Path]:
    return list(folder.rglob(".*.part"))


def test_a_file_comes_whole_and_tells_how_far_it_is(site: Site, tmp_path: Path) -> None:
    site.files["/a.bin"] = CONTENT
    heard: list[Progress] = []
    remote = look_up(f"{site.url}/a.bin")
    assert remote.size == len(CONTENT)
    assert remote.checksum == Checksum("md5", hashlib.md5(CONTENT).hexdigest())
    download(remote, tmp_path / "deep" / "a.bin", run=Run(heard.append))
    assert (tmp_path / "deep" / "a.bin").read_bytes() == CONTENT
    assert parts(tmp_path) == []
    got = [one.done for one in heard if one.stage == "downloading a.bin"]
    assert got == sorted(got) and got[-1] == len(CONTENT)
    assert all(one.total == len(CONTENT) and one.unit == "B" for one in heard)


def test_a_dropped_connection_is_taken_up_where_it_was(site: Site, tmp_path: Path) -> None:
    site.files["/a.bin"] = CONTENT
    site.drops["/a.bin"] = [100_000, 50_000, 0]
    site.refusals["/a.bin"] = [503]
    download(look_up(f"{site.url}/a.bin"), tmp_path / "a.bin", pause=no_pause)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert site.asked("GET", "a.bin") == ["", "", "bytes=100000-", "bytes=150000-", "bytes=150000-"]


def test_a_stopped_download_goes_on_at_the_next_start(site: Site, tmp_path: Path) -> None:
    site.files["/a.bin"] = CONTENT
    site.drops["/a.bin"] = [120_000]
    target = tmp_path / "a.bin"
    remote = look_up(f"{site.url}/a.bin")
    stop = threading.Event()
    with pytest.raises(Cancelled):
        download(
            remote,
            target,
            pause=no_pause,
            run=Run(lambda one: stop.set() if one.done >= 120_000 else None, stop.is_set),
        )
    assert not target.exists() and parts(tmp_path)[0].stat().st_size == 120_000
    download(remote, target, pause=no_pause)
    assert target.read_bytes() == CONTENT
    assert site.asked("GET", "a.bin") == ["", "bytes=120000-"]
    assert parts(tmp_path) == []


def test_a_file_that_changed_meanwhile_is_begun_anew(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    for sums in (True, False):
        site.sums = sums
        site.files["/a.bin"] = CONTENT
        site.drops["/a.bin"] = [1000] + [0] * 20
        with pytest.raises(FileError, match="broke off after 1,000 of 300,000 bytes"):
            download(look_up(f"{site.url}/a.bin"), target, pause=no_pause)
        assert len(parts(tmp_path)) == 1
        site.drops.clear()
        site.files["/a.bin"] = CONTENT[::-1]
        download(look_up(f"{site.url}/a.bin"), target, pause=no_pause)
        assert target.read_bytes() == CONTENT[::-1]
        assert parts(tmp_path) == []
        target.unlink()


def test_a_server_without_ranges_starts_over(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.files["/a.bin"] = CONTENT
    site.drops["/a.bin"] = [1000]
    download(look_up(f"{site.url}/a.bin"), tmp_path / "a.bin", pause=no_pause)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_wrong_sum_is_refused_and_removed(site: Site, tmp_path: Path) -> None:
    site.files["/a.bin"] = CONTENT
    site.announced["/a.bin"] = b"something else"
    with pytest.raises(FileError) as caught:
        download(look_up(f"{site.url}/a.bin"), tmp_path / "a.bin", pause=no_pause)
    assert hashlib.md5(CONTENT).hexdigest() in caught.value.message
    assert hashlib.md5(b"something else").hexdigest() in caught.value.message
    assert list(tmp_path.glob("*a.bin*")) == []


@pytest.mark.parametrize("kind", ["sha256", "md5", "git"])
def test_sums_of_all_kinds(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"hello\n")
    known = {
        "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        "md5": "b1946ac92492d2347c6235b4d2611184",
        "git": "ce013625030ba8dba906f756967f9e9ca394464a",
    }
    assert Checksum(kind, "").of(file) == Checksum(kind, known[kind])
    if kind != "md5":
        assert Checksum.of_etag(known[kind]) == Checksum(kind, known[kind])
    assert Checksum.of_etag('W/"abc"') is None


def test_servers_that_are_not_there(site: Site, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is not there"):
        look_up(f"{site.url}/none")
    with pytest.raises(FileError, match="cannot be reached"):
        look_up("http://127.0.0.1:9/closed")
    site.files["/a.bin"] = CONTENT
    site.refusals["/a.bin"] = [403]
    with pytest.raises(FileError, match="HTTP 403"):
        download(Remote(f"{site.url}/a.bin"), tmp_path / "a.bin", pause=no_pause)
    tight = Remote(f"{site.url}/a.bin", size=1 << 60)
    with pytest.raises(FileError, match="MB are needed"):
        download(tight, tmp_path / "a.bin", pause=no_pause)


def test_two_programs_do_not_write_one_file(site: Site, tmp_path: Path) -> None:
    import fcntl

    site.files["/a.bin"] = CONTENT
    remote = look_up(f"{site.url}/a.bin")
    part = tmp_path / f".a.bin.{remote.identity}.part"
    with part.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FileError, match="another gene-tui"):
            download(remote, tmp_path / "a.bin", pause=no_pause)


# A model as small as can be, in the repository's own layout.

GENES = [f"ENSG{place:011d}" for place in range(1, 31)]


def weights(rows: int, dims: int = 8) -> bytes:
    """A checkpoint in the safetensors format with an embedding of so many tokens."""
    values = np.random.default_rng(1).standard_normal((rows, dims)).astype("<f4")
    tensor = {"dtype": "F32", "shape": [rows, dims], "data_offsets": [0, values.nbytes]}
    header = json.dumps({"bert.embeddings.word_embeddings.weight": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + values.tobytes()


def serve_model(site: Site, key: str = "geneformer") -> None:
    tokens = {"<pad>": 0, "<mask>": 1} | {gene: 2 + at for at, gene in enumerate(GENES)}
    weighed, named = PRODUCTS[key].files
    site.files[f"/{weighed.path}"] = weights(len(tokens))
    site.files[f"/{named.path}"] = pickle.dumps(tokens)


HGNC = (
    "hgnc_id\tsymbol\tname\tlocus_group\tstatus\talias_symbol\tprev_symbol\tensembl_gene_id\n"
    f"HGNC:1\tFIRST\tthe first gene\tprotein-coding gene\tApproved\tF1\tOLD1\t{GENES[0]}\n"
    f"HGNC:2\tSECOND\tthe second gene\tprotein-coding gene\tApproved\t\t\t{GENES[1]}\n"
)
NCBI = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tmap_location\t"
    "description\ttype_of_gene\tSymbol_from_nomenclature_authority\t"
    "Full_name_from_nomenclature_authority\tNomenclature_status\tOther_designations\t"
    "Modification_date\tFeature_type\n"
    f"9606\t33\tTHIRD\t-\t-\tEnsembl:{GENES[2]}\t3\t-\tthe third gene\tprotein-coding\t"
    "THIRD\tthe third gene\tO\t-\t20260101\t-\n"
)


def serve_tables(site: Site) -> None:
    first, second = PRODUCTS["genes"].files
    site.files[f"/{first.path}"] = HGNC.encode()
    site.files[f"/{second.path}"] = gzip.compress(NCBI.encode(), mtime=0)


def get(site: Site, *arguments: str) -> Ran:
    return run("get", *arguments, "--mirror", site.url)


def test_get_makes_a_space_of_a_model_with_named_genes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_tables(site)
    serve_model(site)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    tables = get(site, "genes")
    assert tables.code == 0, tables.err
    assert [Path(line).name for line in tables.out.split()] == [
        "hgnc_complete_set.txt",
        "Homo_sapiens.gene_info.gz",
    ]
    site.drops["/Geneformer-V1-10M/model.safetensors"] = [700]
    done = get(site, "geneformer", "--revision", "main", "--name", "small", "--no-derive")
    assert done.code == 0, done.err
    assert "bytes=700-" in site.asked("GET", "elsewhere/Geneformer-V1-10M/model.safetensors")
    assert site.tokens == []
    session = Session(catalog.find("small"))
    assert (session.space.d, session.space.manifest.labels) == (8, "ensembl")
    assert {gene for gene in session.space.column("label") if gene.startswith("ENSG")} == set(GENES)
    assert [session.gene(name).id for name in ("FIRST", "OLD1", "THIRD")] == [
        GENES[0],
        GENES[0],
        GENES[2],
    ]
    assert session.space.manifest.source["format"] == "geneformer"
    # The files are there and right: nothing is fetched again.
    before = len(site.seen)
    again = get(site, "geneformer", "--revision", "main", "--name", "small", "--replace")
    assert again.code == 0, again.err
    assert all(method == "HEAD" for method, _, _ in site.seen[before:])


def test_hf_endpoint_is_honoured(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_model(site, "geneformer-v2")
    monkeypatch.setenv("HF_ENDPOINT", site.url + "/")
    options = ("--revision", "main", "--no-annotations", "--no-derive")
    done = run("get", "geneformer-v2", *options)
    assert done.code == 0, done.err
    assert catalog.find("geneformer-v2").n >= len(GENES)


def test_a_wrong_sum_ends_with_3_and_leaves_no_file(site: Site) -> None:
    serve_model(site)
    options = ("geneformer", "--revision", "main", "--no-annotations")
    site.announced["/Geneformer-V1-10M/model.safetensors"] = b"what it should be"
    done = get(site, *options)
    assert done.code == 3
    assert hashlib.sha256(b"what it should be").hexdigest() in done.err
    assert "Traceback" not in done.err
    kept = [file for file in paths.cache_dir().rglob("*") if file.is_file()]
    assert kept == [] and catalog.entries() == []


def test_the_known_revision_takes_the_known_files_only(site: Site) -> None:
    serve_model(site)
    done = get(site, "geneformer", "--no-annotations")
    known = PRODUCTS["geneformer"].files[0].checksum
    assert done.code == 3 and known is not None and known.value in done.err
    assert site.asked("GET", "model.safetensors") == []  # noticed before fetching


def known_plan(site: Site, content: bytes) -> FetchPlan:
    """A plan for the known revision of one file, whose known sum is that of ``content``."""
    file = replace(
        PRODUCTS["geneformer"].files[1],
        bytes=len(content),
        checksum=Checksum("sha256", hashlib.sha256(content).hexdigest()),
    )
    return plan(replace(PRODUCTS["geneformer"], files=(file,)), mirror=site.url)


def test_files_of_the_known_revision_need_no_server_twice(site: Site) -> None:
    made = known_plan(site, CONTENT)
    site.files[f"/{made.files[0].file.path}"] = CONTENT
    (target,) = fetch(made, pause=no_pause)
    assert target.read_bytes() == CONTENT
    count = len(site.seen)
    again = known_plan(site, CONTENT)
    assert again.files[0].there and again.bytes == 0
    assert fetch(again, pause=no_pause) == [target]
    assert len(site.seen) == count
    target.write_bytes(CONTENT[:-1] + b"x")  # damaged on disk: noticed and fetched anew
    fetch(known_plan(site, CONTENT), pause=no_pause)
    assert target.read_bytes() == CONTENT


def test_what_hugging_face_has_not_is_said(site: Site) -> None:
    done = get(site, "geneformer", "--no-annotations")
    assert done.code == 3 and "is not there" in done.err
    gone = run("get", "geneformer", "--no-annotations", "--mirror", "http://127.0.0.1:9")
    assert gone.code == 3 and "cannot be reached" in gone.err and "--mirror" in gone.err


def test_the_extra_is_named_when_it_is_missing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    done = get(site, "geneformer", "--no-annotations")
    assert done.code == 2 and "gene-tui[hub]" in done.err
    assert run("get", "geneformer", "--dry-run").code == 0
    serve_tables(site)
    assert get(site, "genes").code == 0


def test_tables_are_renewed_when_the_server_has_newer_ones(site: Site) -> None:
    serve_tables(site)
    first, second = (Path(line) for line in get(site, "genes").out.split())
    name = f"/{PRODUCTS['genes'].files[0].path}"
    assert get(site, "genes").code == 0
    assert len(site.asked("GET", name)) == 1
    site.files[name] = HGNC.replace("SECOND", "RENAMED").encode()
    assert get(site, "genes").code == 0
    assert "RENAMED" in first.read_text(encoding="utf-8")
    assert len(site.asked("GET", second.name)) == 1


def test_a_page_in_place_of_a_table_is_refused_and_the_old_one_stays(site: Site) -> None:
    serve_tables(site)
    first, second = (Path(line) for line in get(site, "genes").out.split())
    site.files[f"/{PRODUCTS['genes'].files[1].path}"] = b"<!doctype html><html>robot?</html>\n"
    done = get(site, "genes")
    assert done.code == 3 and "is no gene table" in done.err
    assert gzip.decompress(second.read_bytes()).decode() == NCBI
    assert sorted(file.name for file in second.parent.iterdir()) == sorted(
        [f".{file.name}.version" for file in (first, second)] + [first.name, second.name]
    )


def test_dry_run_names_the_true_sources_and_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("asks a server")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    said = run("get", "geneformer", "--dry-run").out
    base = f"https://huggingface.co/ctheodoris/Geneformer/resolve/{REVISION}/"
    for path in (
        "Geneformer-V1-10M/model.safetensors",
        "geneformer/gene_dictionaries_30m/token_dictionary_gc30M.pkl",
    ):
        assert f"{base}{path}" in said
    assert "41.2 MB, licence Apache-2.0" in said and "788 kB" in said
    assert "https://ftp.ncbi.nlm.nih.gov/gene/DATA/GENE_INFO/Mammalia/" in said
    assert "CC0" in said and "to fetch: 64.2 MB" in said
    second = run("get", "geneformer-v2", "--dry-run", "--no-annotations").out
    assert f"{base}Geneformer-V2-104M/model.safetensors" in second
    assert f"{base}geneformer/token_dictionary_gc104M.pkl" in second
    assert "417.6 MB" in second and "ncbi" not in second
    other = run(
        "get", "geneformer", "--dry-run", "--revision", "main", "--mirror", "http://m.example/"
    )
    assert "http://m.example/ctheodoris/Geneformer/resolve/main/" in other.out
    assert "SHA-256" in said and "SHA-256" not in other.out


def test_options_that_do_not_go_together() -> None:
    assert run("get", "genes", "--name", "x").code == 2
    assert run("get", "geneformer", "--no-annotations", "--annotations", "x").code == 2
    assert run("get", "geneformer", "--annotations", "/nowhere").code == 3
    assert run("get", "geneformer", "--mirror", "file:///etc", "--dry-run").code == 2
    assert run("get", "nothing").code == 2
    with pytest.raises(UsageError):
        plan(PRODUCTS["genes"], mirror="not an address")


def test_a_taken_name_is_said_before_anything_is_fetched(site: Site) -> None:
    serve_model(site)
    options = ("geneformer", "--revision", "main", "--no-annotations", "--no-derive")
    assert get(site, *options).code == 0
    count = len(site.seen)
    done = get(site, *options)
    assert done.code == 2 and "--replace" in done.err and len(site.seen) == count


@pytest.mark.real_data
def test_the_known_sums_are_those_of_the_real_dictionaries(real_data: Path) -> None:
    for key, name in (
        ("geneformer", "geneformer_v1_token_dictionary.pkl"),
        ("geneformer-v2", "geneformer_v2_token_dictionary_gc104M.pkl"),
    ):
        file = PRODUCTS[key].files[1]
        found = real_data / "formats" / name
        assert found.stat().st_size == file.bytes
        assert Checksum("sha256", "").of(found) == file.checksum


# The Human Protein Atlas's tables


def serve_expression(site: Site, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "served")
    for file in PRODUCTS["protein-atlas"].files:
        site.files[f"/{file.path}"] = (folder / file.name).read_bytes()


def test_get_makes_a_newer_atlas(site: Site, tmp_path: Path) -> None:
    serve_expression(site, tmp_path)
    site.drops["/download/tsv/rna_celline.tsv.zip"] = [200]
    done = get(site, "protein-atlas", "--name", "newer")
    assert done.code == 0, done.err
    assert "bytes=200-" in site.asked("GET", "rna_celline.tsv.zip")
    assert "Human Protein Atlas" in done.err and "licence" in done.err
    session = Session(catalog.find("newer"))
    assert session.space.manifest.source["format"] == "protein-atlas"
    assert session.query("HBA1", k=2).hits[0].genes[0].symbol
    assert "--source-format protein-atlas" in session.space.manifest.remake
    before = len(site.seen)
    again = get(site, "protein-atlas", "--name", "newer", "--replace", "--no-derive")
    assert again.code == 0, again.err
    assert all(method == "HEAD" for method, _, _ in site.seen[before:])
    local = run("import", str(paths.downloads_dir() / "protein-atlas"), "--name", "local")
    assert local.code == 0, local.err
    assert catalog.find("local").fingerprint == session.space.fingerprint


def test_a_page_sent_instead_of_expression_does_not_get_there(site: Site, tmp_path: Path) -> None:
    serve_expression(site, tmp_path)
    site.files["/download/tsv/rna_immune_cell.tsv.zip"] = b"<html>moved</html>"
    site.sums = False
    done = get(site, "protein-atlas")
    assert done.code == 3 and "is no table of expression" in done.err
    assert catalog.entries() == []
    assert not (paths.downloads_dir() / "protein-atlas" / "rna_immune_cell.tsv.zip").exists()


def test_what_would_be_fetched_of_the_protein_atlas() -> None:
    done = run("get", "protein-atlas", "--dry-run")
    assert done.code == 0
    assert "https://www.proteinatlas.org/download/tsv/rna_immune_cell.tsv.zip" in done.out
    assert "CC BY-SA" in done.out and "size not known" in done.out
    assert "to fetch: 5.3 MB and what is not known" in done.out
    assert "to fetch: what is not known" in run("get", "gene2vec", "--dry-run").out
    for option in (("--revision", "main"), ("--no-annotations",)):
        assert run("get", "protein-atlas", *option).code == 2


# Vectors by gene


def serve_vectors(
    site: Site, monkeypatch: pytest.MonkeyPatch, key: str, content: bytes
) -> RemoteFile:
    """Serve a small file in a product's place; where its sum is known, that of the small one is."""
    product = PRODUCTS[key]
    (file,) = product.files
    site.files[f"/{file.path}"] = content
    site.sums = False
    if file.checksum:
        checksum = Checksum(file.checksum.kind, sum_of(file.checksum.kind, content))
        file = replace(file, checksum=checksum, bytes=len(content))
        monkeypatch.setitem(PRODUCTS, key, replace(product, files=(file,)))
    return file


def sum_of(kind: str, content: bytes) -> str:
    if kind == "git":
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return hashlib.new(kind, content).hexdigest()


SYMBOLS = ["HBA1", "HBB", "TP53", "KRAS", "INS", "GCG", "ALB", "MYC", "PTEN", "EGFR", "CD4", "SOX2"]


def near_pairs(dims: int) -> np.ndarray:
    """(12, d) float64: each two rows are near each other, and far from all others."""
    rng = np.random.default_rng(7)
    centres = np.repeat(rng.standard_normal((len(SYMBOLS) // 2, dims)), 2, axis=0)
    return centres + 0.01 * rng.standard_normal(centres.shape)


def gene2vec_file() -> bytes:
    """As the repository has it: the count and the width, then lines that end in a space."""
    rows = near_pairs(200)
    lines = [f"{len(rows)} 200"]
    lines += [
        f"{name} " + " ".join(f"{value:.8f}" for value in row) + " "
        for name, row in zip(SYMBOLS, rows, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


def genept_archive(member: str = "GenePT_gene_embedding_ada_text.pickle") -> bytes:
    """As the record has it: a folder of two texts and two pickles, {symbol: list of numbers}."""
    vectors = {name: row.tolist() for name, row in zip(SYMBOLS, near_pairs(1536), strict=True)}
    large = {name: row.tolist() for name, row in zip(SYMBOLS, near_pairs(3072), strict=True)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("NCBI_summary_of_genes.json", b'{"HBA1": "a gene"}'),
            ("NCBI_UniProt_summary_of_genes.json", b'{"HBA1": "a gene and a protein"}'),
            (member, pickle.dumps(vectors, protocol=3)),
            ("GenePT_gene_protein_embedding_model_3_text.pickle.", pickle.dumps(large, 4)),
        ):
            archive.writestr(f"GenePT_emebdding_v2/{name}", content)
    return buffer.getvalue()


ACCESSIONS = {
    "P69905": "HBA1",
    "P68871": "HBB",
    "P04637": "TP53",
    "P01116": "KRAS",
    "P01308": "INS",
    "P01275": "GCG",
    "P02768": "ALB",
    "P01106": "MYC",
    "P60484": "PTEN",
    "P00533": "EGFR",
    "P01730": "CD4",
    "P48431": "SOX2",
}


def prott5_file(tmp_path: Path) -> bytes:
    """As UniProt has it: a dataset of 1,024 numbers a protein, called by its accession."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "small.h5", "w") as file:
        for accession, row in zip(ACCESSIONS, near_pairs(1024), strict=True):
            file.create_dataset(accession, data=row.astype(np.float16))
    return (tmp_path / "small.h5").read_bytes()


def served_file(key: str, tmp_path: Path) -> bytes:
    if key == "prott5":
        return prott5_file(tmp_path)
    return gene2vec_file() if key == "gene2vec" else genept_archive()


@pytest.mark.parametrize(
    ("key", "dims", "format"),
    [("gene2vec", 200, "word2vec-text"), ("genept", 1536, "pickle"), ("prott5", 1024, "hdf5")],
)
def test_get_makes_a_space_of_vectors(
    key: str,
    dims: int,
    format: str,
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = serve_vectors(site, monkeypatch, key, served_file(key, tmp_path))
    site.drops[f"/{file.path}"] = [500]
    done = get(site, key)
    assert done.code == 0, done.err
    assert "bytes=500-" in site.asked("GET", file.name)
    session = Session(catalog.find(key))
    assert (session.space.n, session.space.d) == (len(SYMBOLS), dims)
    assert session.space.manifest.source["format"] == format
    (hit,) = session.query("HBA1", k=1).hits
    assert (hit.genes[0].symbol, hit.genes[0].name) == ("HBB", "hemoglobin subunit beta")
    assert f"--source-format {format}" in session.space.manifest.remake
    # What is there is not fetched again; without a sum its server is asked whether it is newer.
    before = len(site.seen)
    again = get(site, key, "--name", "again", "--no-derive")
    assert again.code == 0, again.err
    assert [method for method, _, _ in site.seen[before:]] == ([] if file.checksum else ["HEAD"])
    assert catalog.find("again").fingerprint == session.space.fingerprint


def test_proteins_are_named_by_their_genes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_vectors(site, monkeypatch, "prott5", prott5_file(tmp_path))
    done = get(site, "prott5", "--no-derive")
    assert done.code == 0, done.err
    assert "UniProt accessions" in done.err and "P69905: HBA1, HBA2" in done.err
    session = Session(catalog.find("prott5"))
    for accession, symbol in ACCESSIONS.items():
        assert session.gene(accession).symbol == symbol
        assert session.gene(symbol).label == accession
    other = run("query", "HBA2", "--space", "prott5")
    assert other.code == 1 and "HBA2 is a human gene" in other.err
    assert "its protein is here, under another gene that makes it: P69905" in other.err


def test_what_cannot_be_read_here_is_not_fetched(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_vectors(site, monkeypatch, "prott5", prott5_file(tmp_path))
    monkeypatch.setitem(sys.modules, "h5py", None)
    done = get(site, "prott5")
    assert done.code == 3 and "gene-tui[formats]" in done.err and site.seen == []


@pytest.mark.parametrize("key", ["gene2vec", "genept", "prott5"])
def test_something_else_in_place_of_vectors_is_refused(key: str, site: Site) -> None:
    (file,) = PRODUCTS[key].files
    site.files[f"/{file.path}"] = b"<!doctype html><html>robot?</html>\n"
    site.sums = False
    done = get(site, key)
    assert done.code == 3 and "Traceback" not in done.err
    said = file.checksum.value if file.checksum else "is no hdf5 file"
    assert said in done.err
    kept = [file for file in paths.cache_dir().rglob("*") if file.is_file()]
    assert kept == [] and catalog.entries() == []


def test_an_archive_without_the_file_that_is_wanted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_vectors(site, monkeypatch, "genept", genept_archive("renamed.pickle"))
    done = get(site, "genept")
    assert done.code == 3 and "holds no GenePT_gene_embedding_ada_text.pickle" in done.err


def test_a_pickle_that_asks_for_more_than_data_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        name = "GenePT_emebdding_v2/GenePT_gene_embedding_ada_text.pickle"
        archive.writestr(name, b"\x80\x03cos\nsystem\nX\x04\x00\x00\x00true\x85R.")
    serve_vectors(site, monkeypatch, "genept", buffer.getvalue())
    done = get(site, "genept")
    assert done.code == 3 and "os.system" in done.err and catalog.entries() == []


MOUSE = (
    NCBI.splitlines()[0]
    + "\n10090\t22059\tTrp53\t-\tTp53|bbl\tMGI:MGI:98834|Ensembl:ENSMUSG00000059552\t11\t-\t"
    "transformation related protein 53\tprotein-coding\tTrp53\t"
    "transformation related protein 53\tO\t-\t20260101\t-\n"
)


def test_a_mouse_table_names_a_space(site: Site, tmp_path: Path) -> None:
    (file,) = PRODUCTS["mouse-genes"].files
    site.files[f"/{file.path}"] = gzip.compress(MOUSE.encode(), mtime=0)
    done = get(site, "mouse-genes")
    assert done.code == 0, done.err
    table = done.out.strip()
    assert Path(table).name == "Mus_musculus.gene_info.gz"
    lines = ["3 2", "ENSMUSG00000059552 1 0", "ENSMUSG00000020122 0 1", "ENSMUSG00000029580 1 1"]
    (tmp_path / "mouse.vec").write_text("\n".join(lines) + "\n")
    bare = run("import", str(tmp_path / "mouse.vec"), "--name", "bare", "--no-derive")
    assert "gene-tui get mouse-genes" in bare.err
    made = run("import", str(tmp_path / "mouse.vec"), "--name", "mouse", "--annotations", table)
    assert made.code == 0, made.err
    assert Session(catalog.find("mouse")).gene("Trp53").label == "ENSMUSG00000059552"
    assert run("get", "mouse-genes", "--name", "x").code == 2


def test_get_alone_lists_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", None)
    done = run("get")
    assert done.code == 0
    heads = [line for line in done.out.splitlines() if not line.startswith(" ")]
    assert heads == list(PRODUCTS)
    said = " ".join(done.out.split())
    for product in PRODUCTS.values():
        assert product.about in said and product.citation in said and product.unconfirmed in said
        assert all(file.licence in said for file in product.files)
    assert "574.4 MB; licence CC BY 4.0" in said and "size not known; licence MIT" in said
    assert max(map(len, done.out.splitlines())) < 80
    taken = run("get", "--help").out
    assert "WHAT" in taken
    for key in PRODUCTS:
        assert run("get", key, "--dry-run").code == 0
    assert run("get", "genept", "--revision", "main").code == 2
