"""History: nothing acknowledged is lost, and no broken file stops the work."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gene_tui import paths
from gene_tui.errors import FileError
from gene_tui.history import History
from gene_tui.model import stored
from gene_tui.model.gene import Gene
from gene_tui.model.options import Options
from gene_tui.model.query import Kind, Query
from gene_tui.model.result import Hit, Result, SpaceInfo

HBA1 = Gene(
    7,
    "ENSG00000206172.8",
    "ENSG00000206172",
    "HBA1",
    "hemoglobin subunit alpha 1",
    "protein-coding",
    "16",
    ("HBH",),
    ("HBA-T3", "METHBA"),
    "HGNC:4823",
    "3039",
    "globin \x1b[31m",
)
HBB = Gene(9, "ENSG00000244734", symbol="HBB")


def answer(text: str = "HBA1", gene: Gene = HBA1, **changes: object) -> Result:
    """A small result of ``text ~ ?``."""
    result = Result(
        query=Query(Kind.NEAREST, (text.strip(), None), text=text, positions=(0,)),
        canonical=text.strip(),
        query_genes=(gene,),
        space=SpaceInfo("human", 20_829, 256, "abc-unit"),
        options=Options(k=10, candidates=(1, 5, 9), cap=0.8, type="protein-coding"),
        transforms=("center", "unit"),
        exact=True,
        complete=True,
        method="matrix-vector product",
        elapsed_s=0.0123456789,
        load_s=1.5,
        hits=(
            Hit(1, (HBB,), 0.1 + 0.2, 9.25, 0.0, 1 / 3),
            Hit(2, (HBA1,), -1e-300, None, 200.0, None, 4, 5, 99.5),
        ),
        notes=("MYL11 → MYLPF (alias)",),
    )
    return replace(result, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "history.sqlite"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    with History.open(file) as opened:
        yield opened


# -- results as text -------------------------------------------------------------------------


def test_a_result_comes_back_whole() -> None:
    result = answer()
    back = stored.loads(stored.dumps(result))
    assert back == result
    assert back.query.text == result.query.text
    assert back.query.positions == (0,)
    assert isinstance(back.query.kind, Kind)
    assert back.options.candidates == (1, 5, 9)
    assert back.to_json() == result.to_json()
    pair = replace(
        result,
        query=Query(Kind.ARITHMETIC, ("HBA1", "a b"), (2.0, -1.0), '2*HBA1 - "a b"', (2, 9)),
        hits=(),
    )
    assert stored.loads(stored.dumps(pair)) == pair


@given(st.text(), st.floats(allow_nan=False), st.lists(st.text(max_size=5), max_size=3))
def test_any_text_and_number_survives(text: str, score: float, aliases: list[str]) -> None:
    gene = Gene(0, text, description=text, aliases=tuple(aliases))
    result = answer(text, gene, hits=(Hit(1, (gene, gene), score),), notes=(text,))
    assert stored.loads(stored.dumps(result)) == result


def test_lone_surrogates_and_numpy_numbers_are_stored(history: History) -> None:
    gene = Gene(0, "bad\udcff", symbol="x\x00y")
    result = answer("bad\udcff", gene, hits=(Hit(1, (gene,), np.float64(0.5), z=np.float32(2)),))
    back = history.get(history.add(result)).result()
    assert back == result
    assert type(back.hits[0].score) is float
    assert type(back.hits[0].z) is float


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format":2}', '{"format":1,"genes":[],"result":{}}', "\x00"]
)
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        stored.loads(text)


def test_a_gene_that_occurs_often_is_written_once() -> None:
    many = answer(hits=tuple(Hit(rank, (HBA1, HBB), 0.5) for rank in range(1, 201)))
    assert stored.dumps(many).count("ENSG00000206172.8") == 1
    assert stored.loads(stored.dumps(many)) == many


# -- keeping and finding ---------------------------------------------------------------------


def test_an_entry_keeps_everything(file: Path) -> None:
    with History.open(file, clock=lambda: 1_700_000_000.25) as history:
        number = history.add(answer(" HBA1 "))
        assert history.warning == ""
    with History.open(file) as history:
        entry = history.get(number)
        assert entry.asked == 1_700_000_000.25
        assert entry.when.timestamp() == entry.asked
        assert entry.when.tzinfo is not None
        assert (entry.text, entry.kind, entry.space) == (" HBA1 ", "nearest", "human")
        assert entry.canonical == HBA1.label, "row labels, not symbols"
        assert entry.fingerprint == "abc-unit"
        assert (entry.hits, entry.best, entry.pinned) == (2, "HBB", False)
        assert entry.elapsed_s == 0.0123456789
        assert entry.setting == "cap 0.8, type protein-coding, center, unit"
        assert entry.result() == answer(" HBA1 ")


def test_the_users_own_file_is_the_default_and_private() -> None:
    with History.open() as history:
        history.add(answer())
    assert stat.S_IMODE(paths.history_file().stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_made_private(file: Path) -> None:
    file.parent.mkdir()
    file.touch(mode=0o644)
    file.chmod(0o644)
    History.open(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_journal_is_no_write_ahead_log(history: History, file: Path) -> None:
    history.add(answer())
    other = sqlite3.connect(file)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    other.close()
    assert [name.name for name in file.parent.iterdir()] == [file.name]


def test_newest_first_and_filtered(history: History) -> None:
    one = history.add(answer("HBA1"))
    two = history.add(answer("HBB", HBB))
    three = history.add(answer("hba1 ~ ?"))
    assert [entry.id for entry in history.entries()] == [three, two, one]
    assert [entry.id for entry in history.entries(limit=1, offset=1)] == [two]
    assert [entry.id for entry in history.entries(text="hBa")] == [three, one]
    assert [entry.id for entry in history.entries(text="244734")] == [two]
    assert [entry.id for entry in history.entries(text="human HBA1")] == [three, one]
    assert history.entries(text="100%") == history.entries(text="HB_") == []
    assert len(history) == 3


def test_pinned_ones_can_come_first(history: History) -> None:
    one, two, three = (history.add(answer(text)) for text in "abc")
    history.pin(one)
    assert [e.id for e in history.entries(pinned_first=True)] == [one, three, two]
    assert [e.pinned for e in history.entries()] == [False, False, True]
    history.unpin(one)
    assert [e.id for e in history.entries(pinned_first=True)] == [three, two, one]


def test_forgetting(history: History) -> None:
    one, two, three = (history.add(answer(text)) for text in "abc")
    entry = history.get(two)
    history.delete(two)
    with pytest.raises(FileError, match=f"no entry {two}"):
        history.get(two)
    with pytest.raises(FileError, match="deleted"):
        entry.result()
    history.pin(one)
    assert history.clear() == 1
    assert [e.id for e in history.entries()] == [one]
    assert history.clear(pinned=True) == 1
    assert len(history) == 0
    assert history.add(answer()) > three, "numbers are never given twice"


def test_recall_finds_texts_once_newest_first(history: History) -> None:
    for text in ("HBA1", "HBB", "HBA1 : HBB", "HBA1", "hba1", "50% _"):
        history.add(answer(text))
    assert history.recall() == ["50% _", "hba1", "HBA1", "HBA1 : HBB", "HBB"]
    assert history.recall("HBA1") == ["HBA1", "HBA1 : HBB"]
    assert history.recall("HBA1 ") == ["HBA1 : HBB"]
    assert history.recall("%") == []
    assert history.recall(limit=2) == ["50% _", "hba1"]
    assert history.search(": hB") == ["HBA1 : HBB"]


def test_the_oldest_unpinned_go_first(file: Path) -> None:
    with History.open(file, limit=3) as history:
        numbers = [history.add(answer(str(count))) for count in range(3)]
        history.pin(numbers[0])
        numbers += [history.add(answer(str(count))) for count in range(3, 7)]
        kept = [entry.id for entry in history.entries()]
    assert kept == [*reversed(numbers[-3:]), numbers[0]]


def test_threads_share_one_history(history: History) -> None:
    numbers: list[int] = []

    def work() -> None:
        for _ in range(10):
            numbers.append(history.add(answer()))
            history.entries()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == len(history) == 40
    assert history.warning == ""


# -- what can go wrong -----------------------------------------------------------------------


def test_a_damaged_file_is_moved_aside(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is not a database" * 100)
    with History.open(file, clock=lambda: 0.0) as history:
        assert "damaged" in history.warning
        assert not history.in_memory
        number = history.add(answer())
        aside = [name for name in file.parent.iterdir() if "damaged" in name.name]
        assert len(aside) == 1
        assert str(aside[0]) in history.warning
        assert aside[0].read_bytes().startswith(b"this is not")
    file.write_bytes(b"broken again" * 100)
    with History.open(file, clock=lambda: 0.0) as history:
        assert history.entries() == []
    assert len(list(file.parent.glob("*.damaged-*"))) == 2, "no damaged file replaces another"
    with History.open(file) as history, pytest.raises(FileError):
        history.get(number)


def test_damage_behind_a_sound_first_page(file: Path) -> None:
    with History.open(file) as history:
        for count in range(30):
            history.add(answer(f"gene {count}"))
    pages = bytearray(file.read_bytes())
    for start in range(4096, len(pages), 4096):
        pages[start : start + 4096] = os.urandom(4096)
    file.write_bytes(bytes(pages))
    with History.open(file) as history:
        number = history.add(answer("after"))
        assert "damaged" in history.warning
        assert not history.in_memory
        assert history.get(number).result() == answer("after")
    with History.open(file) as history:
        assert history.warning == ""
        assert [entry.text for entry in history.entries()] == ["after"]
    assert next(file.parent.glob("*.damaged-*")).read_bytes() == bytes(pages)


def test_damage_under_an_open_history(history: History, file: Path) -> None:
    for count in range(30):
        history.add(answer(f"gene {count}"))
    size = file.stat().st_size
    file.write_bytes(os.urandom(size))
    number = history.add(answer("after"))
    assert "damaged" in history.warning
    assert history.get(number).result() == answer("after")


def test_a_damaged_answer_is_an_error_of_its_own(history: History, file: Path) -> None:
    number = history.add(answer())
    other = sqlite3.connect(file)
    other.execute("UPDATE entries SET answer = x'00'")
    other.commit()
    other.close()
    with pytest.raises(FileError, match=f"entry {number}"):
        history.get(number).result()


def test_a_locked_file_is_left_alone_and_written_later(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gene_tui.history.file.PATIENCE", 0.1)
    with History.open(file) as history:
        old = history.add(answer("old"))
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        new = history.add(answer("new"))
        assert "locked" in history.warning
        assert str(file) in history.warning
        assert history.in_memory
        gone = history.add(answer("gone"))
        history.delete(gone)
        history.pin(new)
        assert [entry.text for entry in history.entries()] == ["new", "old"]
        assert history.get(old).result() == answer("old")
        assert history.get(new).result() == answer("new")
        other.execute("ROLLBACK")
        other.close()
    with History.open(file) as history:
        assert [(e.text, e.pinned) for e in history.entries()] == [("new", True), ("old", False)]


def test_a_file_locked_from_the_start(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gene_tui.history.file.PATIENCE", 0.1)
    History.open(file).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    with History.open(file) as history:
        assert history.in_memory
        history.add(answer())
        assert len(history) == 1
    assert time.monotonic() - begun < 3
    other.close()


@pytest.mark.parametrize("kind", ["IMMEDIATE", "EXCLUSIVE"])
def test_what_waited_for_a_lock_is_on_disk_with_the_next_entry(file: Path, kind: str) -> None:
    with History.open(file, patience=0.1) as history:
        old, kept, gone = (history.add(answer(text)) for text in ("old", "kept", "gone"))
        other = sqlite3.connect(file, isolation_level=None)
        other.execute(f"BEGIN {kind}")
        waiting = history.add(answer("waiting"))
        history.pin(waiting)
        if kind == "IMMEDIATE":  # what was there can be read, and changed as well
            history.pin(kept)
            history.delete(old, gone)
            assert [entry.text for entry in history.entries()] == ["waiting", "kept"]
            assert history.undo() == (old, gone)
            history.delete(gone)
        assert not history.save()
        other.close()
        history.add(answer("next"))
        assert (history.warning, history.in_memory) == ("", False)
        with History.open(file) as second:  # another session, while the first is open
            found = {entry.text: entry.pinned for entry in second.entries()}
        if kind == "IMMEDIATE":
            assert found == {"next": False, "waiting": True, "kept": True, "old": False}
        else:
            assert list(found) == ["next", "waiting", "gone", "kept", "old"]
        assert history.entries()[0].id < 10


def test_a_lock_of_a_moment_is_waited_for(history: History, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    waits = threading.Event()
    threading.Thread(target=lambda: (waits.wait(), time.sleep(0.3), other.close())).start()
    waits.set()
    history.add(answer())
    assert (history.warning, history.in_memory) == ("", False)


def test_deleting_has_one_undo(history: History) -> None:
    one, two, three = (history.add(answer(text)) for text in "abc")
    history.pin(two)
    before = history.entries()
    assert history.undo() == ()
    assert history.delete(one) == 1
    assert history.delete(two, three, 99) == 2
    assert history.delete(99) == 0, "nothing went, and what went before can come back"
    assert history.undo() == (two, three)
    assert history.entries() == [entry for entry in before if entry.id != one]
    assert history.get(two).result() == answer("b")
    assert history.undo() == ()


def test_a_question_that_was_repeated_is_one(history: History) -> None:
    def setting(**changes: object) -> Options:
        return replace(answer().options, cap=None, type=None, **changes)  # type: ignore[arg-type]

    one = history.add(answer("HBA1", options=setting()))
    history.add(answer("HBB", HBB))
    two = history.add(answer("hba1", options=setting(k=200)))
    euclidean = history.add(answer("HBA1", options=setting(metric="euclidean")))
    elsewhere = history.add(
        answer("HBA1", options=setting(), space=replace(answer().space, fingerprint="other"))
    )
    history.pin(one)
    questions = history.questions()
    assert [(q.text, numbers) for q, numbers in questions] == [
        ("HBA1", (elsewhere,)),
        ("HBA1", (euclidean,)),
        ("hba1", (two, one)),
        ("HBB", (one + 1,)),
    ]
    assert [q.pinned for q, _ in questions] == [False, False, True, False]
    assert questions[2][0].result().options.k == 200
    assert [q.text for q, _ in history.questions(1, "hba1")] == ["HBA1"]


def test_a_database_of_another_program_is_not_touched(file: Path) -> None:
    file.parent.mkdir()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    before = file.read_bytes()
    with History.open(file) as history:
        assert "another program" in history.warning
        history.add(answer())
        assert len(history) == 1
    assert file.read_bytes() == before


def test_a_history_of_a_later_version_is_not_touched(file: Path) -> None:
    History.open(file).close()
    other = sqlite3.connect(file)
    other.execute("PRAGMA user_version = 99")
    other.close()
    before = file.read_bytes()
    with History.open(file) as history:
        assert "another version" in history.warning
        assert len(history) == 0
        history.add(answer())
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with History.open(tmp_path / "file" / "history.sqlite") as history:
        assert "memory only" in history.warning
        assert history.get(history.add(answer())).result() == answer()


# -- processes -------------------------------------------------------------------------------

_PRELUDE = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_history import answer
from gene_tui.history import History
file = Path(sys.argv[1])
"""


def _start(code: str, file: Path, **how: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PRELUDE + textwrap.dedent(code), str(file)],
        stdout=subprocess.PIPE,
        text=True,
        **how,  # type: ignore[call-overload]  # keywords of Popen
    )


def test_two_processes_write_at_once(file: Path) -> None:
    code = """
        history = History.open(file)
        numbers = [history.add(answer(sys.argv[1] + str(count))) for count in range(40)]
        assert history.warning == "", history.warning
        print(*numbers)
    """
    running = [_start(code, file) for _ in range(3)]
    numbers = [number for process in running for number in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(numbers) == len(set(numbers)) == 120
    with History.open(file) as history:
        assert {str(entry.id) for entry in history.entries(limit=1000)} == set(numbers)


def test_writers_that_are_locked_out_keep_everything_without_a_close(file: Path) -> None:
    """4 sessions write at once while somebody locks the file again and again."""
    tries = int(os.environ.get("GENE_TUI_TRIES", "25"))
    longest = 4.0 if tries >= 500 else 0.4
    code = f"""
        history = History.open(file)
        for count in range({tries}):
            history.add(answer(sys.argv[1] + str(count)))
        print(history.warning, flush=True)
        os._exit(0)
    """
    History.open(file).close()
    rng = random.Random(tries)
    running = [_start(code, file) for _ in range(4)]
    while any(process.poll() is None for process in running):
        other = sqlite3.connect(file, isolation_level=None, timeout=60)
        other.execute(f"BEGIN {rng.choice(('IMMEDIATE', 'EXCLUSIVE'))}")
        time.sleep(rng.uniform(0, longest))
        other.close()
        time.sleep(rng.uniform(0, 0.2))
    assert [process.communicate()[0].strip() for process in running] == [""] * 4
    with History.open(file) as history:
        assert len(history) == 4 * tries


def test_kill_loses_no_acknowledged_entry(file: Path) -> None:
    code = """
        history = History.open(file)
        while True:
            print(history.add(answer()), flush=True)
    """
    acknowledged: set[int] = set()
    for count in range(4):
        process = _start(code, file)
        assert process.stdout is not None
        for line in process.stdout:
            acknowledged.add(int(line))
            if len(acknowledged) >= 7 * (count + 1):
                process.send_signal(signal.SIGKILL)
                break
        acknowledged.update(int(line) for line in process.stdout if line.endswith("\n"))
        process.wait()
        process.stdout.close()
    with History.open(file) as history:
        assert history.warning == ""
        found = history.entries(limit=100_000)
        assert {entry.id for entry in found} >= acknowledged
        assert all(entry.result() == answer() for entry in found)
    assert len(acknowledged) >= 28


def test_a_full_disk_says_so_and_goes_on(file: Path) -> None:
    code = """
        import resource
        history = History.open(file)
        for count in range(5):
            history.add(answer(f"kept {count}"))
        size = file.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        count = 0
        while not history.warning:
            count += 1
            last = history.add(answer(f"more {count}"))
        assert history.in_memory and "memory only" in history.warning, history.warning
        assert history.get(last).result() == answer(f"more {count}")
        assert history.entries()[-1].result() == answer("kept 0")
        history.add(answer("one more"))
        history.close()
        assert history.warning
        print(count)
    """
    process = _start(code, file)
    count = int(process.communicate()[0])
    assert process.returncode == 0
    with History.open(file) as history:
        assert history.warning == ""
        assert len(history) == 5 + count - 1


def test_a_read_only_home_says_so_and_shows_what_there_is() -> None:
    # pytest's own folders are closed to the unprivileged user that root becomes below
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        _check_read_only_home(Path(folder) / "home" / "history.sqlite")


def _check_read_only_home(file: Path) -> None:
    with History.open(file) as history:
        history.add(answer("old"))
    for name, mode in ((file, 0o444), (file.parent, 0o555)):
        name.chmod(mode)
    code = """
        if os.getuid() == 0:
            os.setresuid(65534, 65534, 65534)
        history = History.open(file)
        assert "memory only" in history.warning, history.warning
        assert [entry.text for entry in history.entries()] == ["old"]
        assert history.entries()[0].result() == answer("old")
        history.add(answer("new"))
        history.close()
        print("fine")
    """
    try:
        process = _start(code, file)
        assert process.communicate()[0] == "fine\n"
    finally:
        file.parent.chmod(0o755)
        file.chmod(0o644)
    with History.open(file) as history:
        assert [entry.text for entry in history.entries()] == ["old"]


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=30))
@example(text="\x00")
@example(text="İ ß \u200d%_'\"")
def test_any_text_can_be_sought(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    with History.open(tmp_path_factory.mktemp("any") / "h") as history:
        history.add(answer(f"<{text}>"))
        assert len(history.recall(f"<{text}")) == 1
        assert len(history.entries(text=text)) == 1
        assert len(history.search(text)) == 1


def test_an_answer_that_says_more_takes_the_place_of_what_it_was(history: History) -> None:
    first = history.add(answer("HBA1"))
    history.pin(first)
    second = history.add(answer("HBB", HBB))
    more = replace(answer("HBA1"), notes=("also atlas",))
    assert history.revise(first, more) == first
    (newest, _), (entry, numbers) = history.questions()
    assert (newest.id, entry.id, numbers) == (second, first, (first,))
    assert entry.pinned
    assert entry.result().notes == ("also atlas",)
    history.delete(second)
    assert history.revise(second, answer("HBB", HBB)) > second
    assert len(history) == 2
