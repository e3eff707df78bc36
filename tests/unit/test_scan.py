"""? : ? over a whole space: parts, workers, checkpoints, tables and the command."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gene_tui.engines import pool
from gene_tui.engines.analogy.whole_space import STAGE, SharedBest, gram_of, parts_of, search
from gene_tui.errors import Cancelled, FileError, UsageError
from gene_tui.run import Run
from gene_tui.scan import Scan, Scheduler, cluster, read_table, scan, worker, write_table
from gene_tui.scan.checkpoint import FILE, Checkpoint, ScanPlan
from gene_tui.session import Session
from gene_tui.spaces.importing import Recipe, import_space
from gene_tui.spaces.space import LARGE, View
from tests.cli import run
from tests.unit.engines.analogy import brute

K = 40


@pytest.fixture(autouse=True)
def _all_threads() -> Iterator[None]:
    """Workers inside this process limit the engines to one thread."""
    yield
    pool.set_threads(None)
    worker._kept.clear()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A scheduler with two workers, threads of this process."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        worker_dashboard_address=None,
    ) as started:
        yield started.scheduler_address


def vectors_of(n: int = 60, d: int = 6) -> np.ndarray:
    """Clusters with duplicates and near-duplicates."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(5, d))[random.integers(5, size=n)] + 0.3 * random.normal(size=(n, d))
    rows[4] = rows[3]
    rows[9] = rows[8] + 1e-6 * random.normal(size=d)
    return rows.astype(np.float32)


def made(folder: Path, vectors: np.ndarray, labels: list[str] | None = None) -> Session:
    source = folder / "rows.npz"
    names = labels or [f"GENE{row}" for row in range(len(vectors))]
    np.savez(source, embeddings=vectors, genes=np.array(names))
    return Session(import_space(Recipe(source, ()), folder / "space", name="tiny"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return made(tmp_path_factory.mktemp("scan"), vectors_of())


def best_of_all(vectors: np.ndarray, k: int, cap: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Float64, all pairs of pairs, each analogy told with its lowest row first."""
    x = vectors.astype(np.float64)
    n = len(x)
    a, b = (part.ravel() for part in np.meshgrid(range(n), range(n), indexing="ij"))
    offsets = x[a] - x[b]
    sizes = np.linalg.norm(offsets, axis=1)
    real = sizes > 0
    a, b, units = a[real], b[real], (offsets[real].T / sizes[real]).T
    lengths = np.linalg.norm(x, axis=1)
    close = np.round((x @ x.T) / np.outer(*[np.where(lengths > 0, lengths, 1)] * 2), 12)
    rows, scores = [], []
    for one in range(len(a)):
        first, second = a[one], b[one]
        keep = (a > first) & (b > first) & (a != second) & (b != second) & (second > first)
        if cap is not None:
            keep &= (close[first, a] <= cap) & (close[second, b] <= cap)
        found = np.clip(units[keep] @ units[one], -1, 1)
        some = np.argsort(-found)[: k + 50]
        rows.append(
            np.column_stack(
                [np.full((len(some), 2), (first, second)), a[keep][some], b[keep][some]]
            )
        )
        scores.append(found[some])
    hits, values = np.concatenate(rows), np.concatenate(scores)
    order = np.lexsort([*hits.T[::-1], -np.round(values, 12)])[:k]
    return hits[order], values[order]


def check_right(found: Scan, vectors: np.ndarray, k: int, cap: float | None = 0.8) -> None:
    rows, scores = best_of_all(vectors, k, cap)
    assert found.complete and found.found.exact
    np.testing.assert_allclose(found.found.scores, scores, rtol=0, atol=2e-12)
    assert found.found.rows.tolist() == rows.tolist()


# -- parts --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [4, 5, 60, 257, 2000])
@pytest.mark.parametrize("side", [None, 7])
def test_parts_hold_every_pair_once(n: int, side: int | None) -> None:
    times = np.zeros((n, n), dtype=int)
    parts = parts_of(n, side)
    for part in parts:
        tile = times[part.first : part.first_stop, part.second : part.second_stop]
        assert part.pairs == (
            np.triu(tile + 1, 1).sum() if part.first == part.second else tile.size
        )
        tile += 1
    assert (times[np.triu_indices(n, 1)] == 1).all()
    assert sum(part.pairs for part in parts) == n * (n - 1) // 2
    assert parts_of(n, side) == parts


def test_parts_of_a_genome_are_alike_and_a_second_of_work() -> None:
    sizes = [part.pairs for part in parts_of(20_829)]
    assert sum(sizes) == 20_829 * 20_828 // 2
    assert 3000 < len(sizes) < 4000 and max(sizes) <= 2 * np.median(sizes)


def test_too_many_genes_are_refused() -> None:
    with pytest.raises(UsageError, match="50,001"):
        parts_of(LARGE + 1)


@pytest.mark.parametrize("kind", brute.KINDS)
def test_parts_equal_brute_force_on_nasty_spaces(kind: str) -> None:
    vectors = brute.spaces(kind, 3, 11, 4)
    x, _ = brute.rows_and_unit(vectors)
    gram = gram_of(vectors)
    best = SharedBest(25)
    for part in reversed(parts_of(11, 3)):
        mine = SharedBest(25, best.threshold)
        assert list(search(gram, [part], mine, 0.8)) == [part]
        best.offer(*mine.hits())
    hits = [
        (rows, brute.score(x, *rows, sum=False, metric="cosine"))
        for rows in permutations(range(11), 4)
        if rows[0] == min(rows)
        and max(brute.cosine(x, rows[0], rows[2]), brute.cosine(x, rows[1], rows[3])) <= 0.8
    ]
    brute.agree(*best.hits(), brute.ranked(hits, 25), hits)


def test_a_shared_threshold_only_rises_and_keeps_ties() -> None:
    best = SharedBest(2, 0.5)
    best.offer(np.array([[0, 1, 2, 3], [0, 1, 2, 4]]), np.array([0.4999, 0.5]))
    assert best.hits()[1].tolist() == [0.5]
    best.raise_to(0.3)
    assert best.threshold == 0.5


# -- scans on this machine ----------------------------------------------------------------


@pytest.mark.parametrize("cap", [0.8, None])
def test_a_scan_of_this_machine_equals_float64_brute_force(
    session: Session, cap: float | None
) -> None:
    found = scan(session, k=K, cap=cap, side=10)
    assert found.parts > 8
    check_right(found, np.array(session.space.vectors), K, cap)


def listening() -> set[str]:
    """The sockets on which this process and its children wait to be called."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A":
                inodes.add(f"socket:[{cells[9]}]")
    mine, links = [os.getpid()], set()
    for task in Path("/proc/self/task").iterdir():
        mine += map(int, (task / "children").read_text().split())
    for process in mine:
        for link in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                links.add(str(link.readlink()))
    return inodes & links


def test_a_scan_of_this_machine_opens_no_port(session: Session) -> None:
    before, opened, looks = listening(), set(), []

    def look(_progress: Any) -> None:
        looks.append(1)
        opened.update(listening() - before)

    scan(session, k=K, side=10, run=Run(look))
    assert len(looks) > 8 and opened == set()


def test_a_scan_of_this_machine_needs_no_dask(session: Session, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "distributed", None)
        patch.setitem(sys.modules, "dask", None)
        done = run("scan", str(session.space.folder), "-o", str(tmp_path / "out"))
    assert done.code == 0, done.err


# -- scans over workers -------------------------------------------------------------------


@pytest.mark.parametrize("cap", [0.8, None])
def test_a_scan_over_workers_equals_float64_brute_force(
    session: Session, scheduler: str, cap: float | None
) -> None:
    found = scan(session, k=K, cap=cap, scheduler=Scheduler(scheduler), side=10)
    assert found.parts > 8
    check_right(found, np.array(session.space.vectors), K, cap)


def test_no_analogy_is_reported_in_two_ways(session: Session, scheduler: str) -> None:
    rows = scan(session, k=500, scheduler=Scheduler(scheduler), side=10).found.rows
    told = {
        tuple(turn)
        for a, b, c, d in rows.tolist()
        for turn in ((a, b, c, d), (c, d, a, b), (b, a, d, c), (d, c, b, a))
    }
    assert len(told) == 4 * len(rows) == 2000


def test_a_scan_of_the_first_rows(session: Session, scheduler: str) -> None:
    short = Session(session.space.with_view(View(truncate=30)))
    found = scan(short, k=K, scheduler=Scheduler(scheduler), side=10)
    check_right(found, np.array(session.space.vectors[:30]), K)
    assert found.result(short).options.truncate == 30


def test_workers_that_cannot_see_the_folder_are_sent_the_space(
    session: Session, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    copied = worker.arrays_of
    monkeypatch.setattr(worker, "_mapped", lambda _place: None)
    monkeypatch.setattr(
        "gene_tui.scan.run.arrays_of", lambda *args: sent.append(1) or copied(*args)
    )
    found = scan(session, k=K, scheduler=Scheduler(scheduler), side=10)
    check_right(found, np.array(session.space.vectors), K)
    assert sent == [1]


def test_a_folder_with_another_space_is_not_taken_for_this_one(session: Session) -> None:
    place = worker.Place(str(session.space.folder), None, "0123")
    assert worker._mapped(place) is None
    assert worker._mapped(worker.Place(str(session.space.folder), 30, "0123")) is None


def test_a_worker_of_another_version_is_refused(session: Session) -> None:
    place = worker.Place(str(session.space.folder), None, session.space.fingerprint)
    task = worker.PartTask(place, parts_of(60)[0], 3, 0.8, -np.inf, version="0.0.0")
    with pytest.raises(UsageError, match=r"0\.0\.0"):
        worker.run(task)


def test_a_failing_worker_is_an_error_and_keeps_what_was_done(
    session: Session, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = worker.search, []

    def broken(*args: Any, **kwargs: Any) -> Any:
        seen.append(1)
        if len(seen) > 5:
            raise ImportError("no such thing")
        return real(*args, **kwargs)

    monkeypatch.setattr(worker, "search", broken)
    with pytest.raises(FileError, match="a worker failed: ImportError: no such thing"):
        scan(session, k=K, scheduler=Scheduler(scheduler), out=tmp_path, side=6)
    monkeypatch.setattr(worker, "search", real)
    assert (
        0 < Checkpoint(ScanPlan(session.space.fingerprint, 60, K, 0.8, 6), tmp_path).done.sum() <= 5
    )
    check_right(
        scan(session, k=K, scheduler=Scheduler(scheduler), out=tmp_path, side=6),
        np.array(session.space.vectors),
        K,
    )


def test_transforms_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="as it is stored"):
        scan(Session(session.space.with_view(View(center=True))))


# -- checkpoints --------------------------------------------------------------------------


def test_a_stopped_scan_goes_on(session: Session, scheduler: str, tmp_path: Path) -> None:
    heard: list[int] = []
    stopped = scan(
        session,
        k=K,
        scheduler=Scheduler(scheduler),
        out=tmp_path,
        side=6,
        run=Run(lambda progress: heard.append(progress.done), lambda: len(heard) > 3),
    )
    assert not stopped.complete and not stopped.found.exact
    assert 0 < stopped.done < stopped.parts
    assert not stopped.result(session).complete
    again: list[tuple[int, int]] = []
    found = scan(
        session,
        k=K,
        scheduler=Scheduler(scheduler),
        out=tmp_path,
        side=6,
        run=Run(lambda progress: again.append((progress.done, progress.total))),
    )
    assert again[0][0] > 0, "it began again from nothing"
    assert again[-1][0] == again[-1][1] == 60 * 59 // 2
    check_right(found, np.array(session.space.vectors), K)


def test_a_finished_scan_needs_no_workers(session: Session, scheduler: str, tmp_path: Path) -> None:
    found = scan(session, k=K, scheduler=Scheduler(scheduler), out=tmp_path)
    again = scan(session, k=K, scheduler=Scheduler("tcp://127.0.0.1:1"), out=tmp_path)
    assert again.found.rows.tolist() == found.found.rows.tolist()


@pytest.mark.parametrize(
    ("change", "said"),
    [({"k": 7}, "k 40, not 7"), ({"cap": None}, "cap 0.8, not None"), ({"n": 59}, "genes 60")],
)
def test_another_scans_folder_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    plan = {"fingerprint": "f", "n": 60, "k": K, "cap": 0.8}
    Checkpoint(ScanPlan(**plan), tmp_path)
    with pytest.raises(UsageError, match=said):
        Checkpoint(ScanPlan(**plan | change), tmp_path)


def test_an_earlier_versions_checkpoint_is_refused_with_the_reason(tmp_path: Path) -> None:
    plan = {"fingerprint": "f", "n": 60, "k": K, "cap": 0.8, "first": None, "version": 1}
    np.savez(
        tmp_path / FILE,
        plan=np.array(json.dumps(plan)),
        done=np.zeros(3, dtype=bool),
        rows=np.empty((0, 4), dtype=np.int64),
        scores=np.empty(0),
    )
    with pytest.raises(UsageError, match="another version of gene-tui, which cut"):
        Checkpoint(ScanPlan("f", 60, K), tmp_path)


@pytest.mark.parametrize("damage", ["cut", "text", "rows"])
def test_a_damaged_checkpoint_is_an_error(tmp_path: Path, damage: str) -> None:
    plan = ScanPlan("f", 60, K)
    kept = Checkpoint(plan, tmp_path)
    kept.best.offer(np.array([[0, 1, 2, 3]]), np.array([0.9]))
    kept.done[0] = True
    kept.save()
    file = tmp_path / FILE
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-200])
    elif damage == "text":
        file.write_text("no archive")
    else:
        kept.best.offer(np.array([[0, 1, 2, 99]]), np.array([0.95]))
        kept.save()
    with pytest.raises(FileError, match=FILE):
        Checkpoint(plan, tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file"):
        Checkpoint(ScanPlan("f", 60), tmp_path / "file" / "out")


def test_a_killed_scheduler_is_one_line_and_what_is_done_is_kept(
    session: Session, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    command = [sys.executable, "-c", _SERVE]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert serving.stdout is not None
        address = serving.stdout.readline().strip()
        looks: list[int] = []

        def kill_soon(progress: Any) -> None:
            if progress.stage != STAGE:
                return  # the space is prepared here, before the scheduler is asked anything
            looks.append(progress.done)
            if progress.done and serving.poll() is None:
                serving.kill()
                serving.wait()

        with pytest.raises(FileError) as caught:
            scan(
                session,
                k=K,
                scheduler=Scheduler(address),
                out=tmp_path,
                side=6,
                run=Run(kill_soon),
            )
    finally:
        serving.kill()
        serving.communicate()
    assert "\n" not in caught.value.message and caught.value.exit_code == 3
    assert "is kept" in caught.value.hint
    done = Checkpoint(ScanPlan(session.space.fingerprint, 60, K, 0.8, 6), tmp_path).done
    assert 0 < done.sum() < len(done)
    check_right(scan(session, k=K, out=tmp_path, side=6), np.array(session.space.vectors), K)


#: A scheduler with one worker, a thread of its own process, so that one kill ends both.
_SERVE = """
import time, distributed
cluster = distributed.LocalCluster(
    n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None,
    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"}, worker_dashboard_address=None)
print(cluster.scheduler_address, flush=True)
time.sleep(600)
"""


# -- tables -------------------------------------------------------------------------------


def test_a_table_comes_back_the_same(tmp_path: Path, scheduler: str) -> None:
    odd = ["tab\there", "back\\slash", "line\nbreak", "# hash", "::", "ß", "-"]
    session = made(tmp_path, vectors_of(20), odd + [f"G{row}" for row in range(13)])
    found = scan(session, k=30, scheduler=Scheduler(scheduler))
    file = tmp_path / "analogies.tsv"
    write_table(found, session, file)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert f"# fingerprint: {session.space.fingerprint}" in lines
    assert "# complete: yes" in lines
    assert len([line for line in lines if not line.startswith("# ")]) == 31
    with pytest.raises(Cancelled):
        read_table(file, session, cancelled=lambda: True)
    back = read_table(file, session)
    assert back.exact and back.complete
    assert [hit.genes for hit in back.hits] == [hit.genes for hit in found.result(session).hits]
    np.testing.assert_allclose([hit.score for hit in back.hits], found.found.scores, atol=1e-12)


def test_a_table_of_another_space_says_so(session: Session, scheduler: str, tmp_path: Path) -> None:
    found = scan(session, k=K, scheduler=Scheduler(scheduler))
    file = tmp_path / "analogies.tsv"
    write_table(found, session, file)
    missing = set(found.found.rows[0].tolist())
    rest = [row for row in range(60) if row not in missing]
    other = made(tmp_path, vectors_of()[rest], [f"GENE{row}" for row in rest])
    back = read_table(file, other)
    kept = [row for row in found.found.rows.tolist() if not missing & set(row)]
    assert [[gene.label for gene in hit.genes] for hit in back.hits] == [
        [f"GENE{row}" for row in hit] for hit in kept
    ]
    assert not back.exact
    assert any(f"{K - len(kept)} hits are left out" in note for note in back.notes)
    (tmp_path / "third").mkdir()
    with pytest.raises(FileError, match="none of its analogies"):
        read_table(file, made(tmp_path / "third", vectors_of(), [f"X{row}" for row in range(60)]))


def test_files_that_are_no_tables_are_errors(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("rank\tscore\n")
    with pytest.raises(FileError, match="not a table"):
        read_table(file, session)
    with pytest.raises(FileError, match="cannot be read"):
        read_table(tmp_path / "none.tsv", session)


# -- the command --------------------------------------------------------------------------


def test_dask_missing_names_the_extra(session: Session, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "distributed", None)
        done = run(
            "scan", str(session.space.folder), "--scheduler", "tcp://x:1", "-o", str(tmp_path)
        )
    assert done.code == 2
    assert "gene-tui[cluster]" in done.err and "Traceback" not in done.err


def test_impossible_options_and_schedulers(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE_S", 1)
    common = ("scan", str(session.space.folder), "-o", str(tmp_path))
    both = run(*common, "--scheduler", "tcp://127.0.0.1:1", "--threads", "2")
    assert both.code == 2 and "leave one of them out" in both.err
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        away = run(*common, "--scheduler", address)
        assert away.code == 3 and f"no Dask scheduler at {address}" in away.err
        assert len(away.err.splitlines()) < 8 and "Traceback" not in away.err
    half = run(*common, "--scheduler", "tls://127.0.0.1:1", "--tls-ca", "ca.pem")
    assert half.code == 2 and "go together" in half.err
    alone = run(*common, "--tls-ca", "ca.pem")
    assert alone.code == 2 and "--scheduler" in alone.err
    pem = [word for name in ("ca", "cert", "key") for word in (f"--tls-{name}", "no.pem")]
    none = run(*common, "--scheduler", "tls://127.0.0.1:1", *pem)
    assert none.code == 3 and "no.pem is no file" in none.err


def test_the_command_writes_a_table(session: Session, scheduler: str, tmp_path: Path) -> None:
    done = run(
        "scan", str(session.space.folder), "-k", "30", "--truncate", "40",
        "--scheduler", scheduler, "-o", str(tmp_path / "out"),
    )  # fmt: skip
    assert done.code == 0, done.err
    rows, scores = best_of_all(np.array(session.space.vectors[:40]), 30, 0.8)
    lines = (tmp_path / "out" / "analogies.tsv").read_text().splitlines()
    body = [line.split("\t") for line in lines if line[0].isdigit()]
    assert [line[2:6] for line in body] == [[f"GENE{row}" for row in hit] for hit in rows.tolist()]
    assert f"{scores[0]:.4f}" in done.out
    assert "in the space as A" in " ".join(lines)


def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    made(tmp_path, random.normal(size=(500, 24)).astype(np.float32)).prepare()
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "gene_tui", "scan", str(tmp_path / "space"),
        "-k", "20", "--workers", "2", "-o", str(out),
    ]  # fmt: skip
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: (out / FILE).exists() and stored(out).any())
    # As a terminal does it: to all processes of the group.
    os.killpg(running.pid, signal.SIGINT)
    printed, said = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert "Traceback" not in said and "parts done" in said
    assert stored(out).any() and not stored(out).all()
    assert "# complete: no" in (out / "analogies.tsv").read_text()
    assert printed


def stored(out: Path) -> np.ndarray:
    with np.load(out / FILE) as arrays:
        return arrays["done"]


def wait_for(there: Callable[[], bool]) -> None:
    for _ in range(4000):
        if there():
            return
        time.sleep(0.03)
    raise AssertionError("it never came")


def test_stopped_before_it_began(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        scan(session, out=tmp_path, run=Run(cancelled=lambda: True))
