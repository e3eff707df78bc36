"""Wrong uses of the command line: a line that says so, a hint that helps, the right exit code."""

from __future__ import annotations

import gzip
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import run

#: What is typed, in the folder below: the exit code, what is said, what the hint holds.
WRONG: dict[str, tuple[int, str, str]] = {
    "": (2, "the app needs a terminal", "gene-tui query TEXT answers without one"),
    # questions
    "query ''": (1, "expected a gene, found nothing", "as HBA1, HBA1 ~ HBB"),
    "query '?'": (1, "'?' alone asks for nothing", "? ~ ?"),
    "query HBA1 :": (1, "expected a gene after ':'", "HBA1 : ?"),
    "query HBA1 HBB": (1, "expected an operator before 'HBB'", "between genes stand"),
    "query 'HBA1 : HBB : TP53'": (1, "':' cannot stand here", "HBA1 : HBB :: TP53 : ?"),
    "query 'A : B,C : D'": (1, "':' cannot stand here", "follows:  A : B, C : D :: ? : ?"),
    "query 'New York' : HBB": (1, "expected an operator", "gene-tui query '\"New York\" : HBB'"),
    "query HBA1:HBB": (1, "no gene is called HBA1:HBB", "with spaces: HBA1 : HBB"),
    "query HBA1,HBB": (1, "no gene is called HBA1,HBB", "with spaces: HBA1, HBB"),
    "query HBA1,HBB : TP53": (1, "no gene is called HBA1,HBB", "a list, A, B, C, stands alone"),
    "query HBA1, HBB : TP53": (1, "expected ':' after 'HBA1'", "a list, A, B, C, stands alone"),
    "query HBA1 vs HBB": (1, "expected an operator before 'vs'", "in signs this is:  HBA1 ~ HBB"),
    "query HBA1 is to HBB as HBD is to ?": (1, "before 'is'", "HBA1 : HBB :: HBD : ?"),
    "query HBA1 @list.txt": (1, "before '@list.txt'", "HBA1, @list.txt"),
    "query '\"HBA1'": (1, "this quote is never closed", 'end the name with "'),
    "query HBA1 : HBA1": (1, "the genes of an analogy are all different", "replace one"),
    "query HBA1 - HBA1": (1, "nothing is left of this sum", "both signs"),
    "HBA9": (1, "no gene is called HBA9", "close to it: HBA1, HBA2"),
    "query GAPDH": (1, "GAPDH is a human gene", "in another space"),
    "query 7157": (1, "7157: it is an ID of TP53 (tumor protein p53)", "ask for TP53"),
    "query HGNC:11998": (1, "it is an ID of TP53", "ask for TP53"),
    "query P04637": (1, "it is an ID of TP53", "ask for TP53"),
    "query P69905": (1, "it is the protein of several genes", "ask for one of them: HBA1, HBA2"),
    "query 672": (1, "672 is BRCA1 (", "in another space"),
    "query 1-Mar": (1, "a spreadsheet has turned a symbol into a date", "MARCHF1 or MTARC1"),
    "query @nosuch": (1, "no saved list or gene set is called nosuch", "@./x"),
    "query @./nosuch.txt": (3, "nosuch.txt cannot be read", "a name a line"),
    "query @noise.bin": (3, "noise.bin cannot be read: it is not UTF-8", "saved as UTF-8"),
    "query HBA1 --within noise.bin": (3, "it is not UTF-8 text", "saved as UTF-8"),
    "query '@list.txt : HBB'": (1, "':' stands between single genes", "@a - @b"),
    "query '@list.txt :: ? : ?'": (3, "list.txt holds one column", "two columns"),
    # commands
    "qurey HBA1": (2, "qurey is no command", "did you mean gene-tui query?"),
    "mouse": (2, "mouse is no command and no gene", "it is a space: gene-tui --space mouse"),
    "table.csv": (2, "table.csv is no command", "it is a file: gene-tui --space table.csv opens"),
    "index biuld": (2, "no such command 'biuld'", "did you mean build?"),
    "help query -k 3": (2, "help takes a command, not an option: -k", "gene-tui query --help"),
    "help nosuch": (2, "gene-tui has no command 'nosuch'", "gene-tui --help lists"),
    "spaces x": (2, "got unexpected extra argument (x)", "gene-tui spaces [OPTIONS]"),
    "completion tcsh": (2, "'tcsh' is not one of", "gene-tui completion --help"),
    "info -s x": (2, "no such option '-s'", "gene-tui info SPACE"),
    "--version=3": (2, "option '--version' does not take a value", "gene-tui --help"),
    # options
    "query HBA1 --frmat json": (2, "no such option '--frmat'", "did you mean --format?"),
    "query HBA1 --format JSON": (2, "'JSON' is not one of", "did you mean json?"),
    "query HBA1 -k": (2, "option '-k' requires an argument", "it is given as -k INTEGER"),
    "query HBA1 -k ten": (2, "'ten' is not a valid integer", "a whole number from 1 up"),
    "query HBA1 -k -5": (2, "-5 is not in the range", "a whole number from 1 up"),
    "query HBA1 -k 200000": (2, "k is 200000", "1 to 100,000 hits"),
    "query HBA1 --threads 99999": (2, "99999 is not in the range", "from 1 to 1024"),
    "query HBA1 --cap 0.5": (2, "--cap and --per-gene go with analogies only", "leave them out"),
    "query HBA1 : HBB --cap -3": (2, "the cap is -3.0", "a cosine between -1 and 1"),
    "query HBA1 --measure 3cosadd": (2, "goes with analogies only", "leave --measure out"),
    "query HBA1 --drop-components 99": (2, "takes 0 to 15", "drop fewer"),
    "query HBA1 --type protein": (1, "no gene is of type 'protein'", "protein-coding (30)"),
    "query HBA1 --type ''": (1, "no gene is of type ''", "protein-coding (30)"),
    "query HBA1 --center=yes": (2, "option '--center' does not take a value", "query --help"),
    "query HBA1 --raw": (2, "--raw goes with csv and tsv", "add --format csv"),
    "query HBA1 --figures": (2, "--figures goes with --format markdown", "beside a report"),
    "query HBA1 --nprobe 4": (2, "--nprobe goes with an index", "--index FILE"),
    "query HBA1 --resident": (2, "--resident goes with an index", "--index FILE"),
    "query HBA1 --order agreement": (2, "needs a second space", "--also SPACE"),
    "enrich --gmt sets.gmt": (2, "give the list of genes as LIST", "@list.txt"),
    "enrich --gmt sets.gmt HBA1 --genes list.txt": (2, "one of them", "@list.txt"),
    "enrich --gmt sets.gmt @list.txt --fdr 7": (2, "7.0 is not in the range", "from 0 to 1"),
    "enrich --gmt sets.gmt @list.txt --min-size 9 --max-size 5": (2, "no set has", "lesser size"),
    "enrich --gmt sets.gmt list.txt": (2, "list.txt is no list of genes", "file is @./list.txt"),
    "enrich --gmt sets.gmt @list.txt -k 3": (2, "-k goes with --query", "-n N prints fewer"),
    "enrich @list.txt --metric cosine": (2, "--metric goes with --query", "-n N prints fewer"),
    "compare brain mouse --measure 3cosadd": (2, "--measure goes with a question", "QUERY"),
    "compare brain mouse HBA1 --sample 9": (2, "--sample goes with neighbours", "leave QUERY out"),
    "compare brain mouse HBA1 --least": (2, "--least goes with neighbours", "leave QUERY out"),
    "evaluate --gmt sets.gmt --pairs x": (2, "by --pairs or by gene sets", "one of them"),
    "evaluate a -s b": (2, "two spaces are named", "not both"),
    "scan --tls-ca x": (2, "go with --scheduler", "scan --help"),
    "get genes --name x": (2, "no space is made of them", "--dry-run"),
    "import small.npz --source-format exel": (2, "no source format 'exel'", "npz, npy"),
    "index build x --memory much": (2, "--memory much is no size", "500M or 8G"),
    # nothing where something is named
    "query HBA1 -s ''": (2, "the name of a space is empty", "gene-tui spaces"),
    "query HBA1 --also ''": (2, "the name of a space is empty", "gene-tui spaces"),
    "info ' '": (2, "the name of a space is empty", "gene-tui spaces"),
    "scan ''": (2, "the name of a space is empty", "gene-tui spaces"),
    "query HBA1 --within ''": (2, "--within: the name of a file is empty", "leave it out"),
    "query HBA1 -o ''": (2, "-o' / '--output: the name of a file is empty", "leave it out"),
    "import ''": (2, "the name of a file is empty", "name one"),
    "import small.npz --name ''": (2, "'' cannot be a space's name", "at most 100 characters"),
    # files and folders
    "query HBA1 --within folder": (3, "folder is a folder, not a file", "a name a line"),
    "query HBA1 --within empty": (1, "none of the 0 candidates", "a name a line"),
    "query HBA1 --gmt folder": (3, "folder is a folder, not a file", "GMT"),
    "query HBA1 --gmt nosuch": (3, "nosuch is not there", "GMT"),
    "query HBA1 --index noise.bin": (3, "noise.bin is not a FAISS index", "index build"),
    "query HBA1 --index folder": (3, "folder is no file", "index build"),
    "query HBA1 -o folder": (2, "'folder' is a directory", "query --help"),
    "query HBA1 -o no/x.txt": (3, "there is no folder no", "make the folder first"),
    "query HBA1 -s folder": (3, "holds no source of embeddings", "the formats are npz"),
    "query HBA1 -s noise.bin": (3, "its format is not recognised", "the formats are npz"),
    "query HBA1 -s empty": (3, "the file is empty", "copied"),
    "import nosuch.npz": (3, "nosuch.npz is not there", "check its name"),
    "import https://example.org/x.npz": (3, "is an address, not a file", "curl -LO"),
    "import small.npz --labels list.txt": (2, "holds its own labels", "leave --labels out"),
    "import small.npz --annotations nosuch": (3, "nosuch cannot be read", "table that names"),
    "import small.npz --annotations table.csv": (3, "no columns that name", "label, id or symbol"),
    "import small.npz --name ../x": (2, "cannot be a space's name", "no slash"),
    "evaluate --pairs nosuch": (3, "nosuch cannot be read", "': relation'"),
    "evaluate --pairs list.txt": (3, "before the first ': relation'", "two or four words"),
    "get geneformer --annotations nosuch": (3, "nosuch is not there", "a table"),
    # spaces
    "info nosuch": (3, "there is no space called nosuch", "there are: brain, mouse"),
    "info brian": (3, "there is no space called brian", "did you mean brain? there are"),
    "query HBA1 -s Mouze": (3, "there is no space called Mouze", "did you mean mouse?"),
    "remove nope": (3, "there is no space called nope", "there are: brain, mouse"),
    "remove brane": (3, "there is no space called brane", "did you mean brain?"),
    "compare brain nosuch": (3, "there is no space called nosuch", "there are:"),
}


@pytest.fixture
def folder(tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what is not what it should be; two spaces in the catalogue."""
    import shutil

    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("empty").touch()
    Path("noise.bin").write_bytes(gzip.compress(b"0123456789" * 9)[10:] * 3 + b"\xff\xfe\x00")
    Path("list.txt").write_text("HBA1\nHBB\n")
    Path("sets.gmt").write_text("SET\tof two\tHBA1\tHBB\n")
    Path("table.csv").write_text("a,b\n1,2\n")
    shutil.copy(small.parent / "small.npz", "small.npz")
    spaces = Path(os.environ["XDG_DATA_HOME"]) / "gene-tui" / "spaces"
    for name in ("brain", "mouse"):
        # Other processes of the tests may be making what is derived of it.
        shutil.copytree(small, spaces / name, ignore=shutil.ignore_patterns("derived"))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_use_is_told_in_two_lines(typed: str) -> None:
    code, said, hint = WRONG[typed]
    done = run(*shlex.split(typed))
    lines = [line for line in done.err.splitlines() if not line.startswith("space: ")]
    assert (done.code, done.out) == (code, ""), done.err
    first, second = lines
    assert first.startswith("error: ") and said in first
    assert second.startswith("hint: ") and hint in second
    assert not first.endswith(".")
    assert all(word not in done.err for word in ("Usage:", "Error:", "Traceback", "internal"))


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_removed_is_not_offered_for_it() -> None:
    assert run("remove", "nope").err.endswith("there are: brain, mouse\n")


def test_there_are_as_many_as_promised() -> None:
    assert len(WRONG) >= 60


@pytest.mark.parametrize("typed", ["import {}", "info {}", "query HBA1 -s {}", "query {}"])
@pytest.mark.parametrize("name", ["x" * 5_000, "folder/" * 700 + "x", "\x1b[2J" * 900])
def test_a_name_of_thousands_of_characters_is_shown_in_part(typed: str, name: str) -> None:
    done = run(*(word.format(name) for word in typed.split()))
    assert done.code in (1, 3) and done.out == ""
    lines = done.err.splitlines()
    assert max(map(len, lines)) < 900 and len(lines) <= 3
    assert "internal error" not in done.err


Done = subprocess.CompletedProcess[str]


def program(*words: str, shell: str = "", without: tuple[str, ...] = ()) -> Done:
    """The program in a process of its own; ``shell`` is what stands behind its words."""
    around = {name: value for name, value in os.environ.items() if name not in without}
    line = f"{shlex.join([sys.executable, '-m', 'gene_tui', *words])} {shell}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=around)


def two_lines(done: Done, code: int) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith(("error: ", "hint: "))]
    assert done.returncode == code and len(lines) == 2, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    return lines[0]


def test_standard_output_that_is_closed_or_full(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "hits.json"
    words = ("query", "HBA1", "--format", "json", "-s", str(small))
    assert "standard output is closed" in two_lines(program(*words, shell=">&-"), 3)
    assert program(*words, "-o", str(file), shell=">&-").returncode == 0 and file.exists()
    if Path("/dev/full").exists():
        assert "No space left" in two_lines(program(*words, shell="> /dev/full"), 3)
    assert program(*words, shell="2>&-").returncode == 0


def test_without_a_home_and_in_a_folder_that_is_gone(small: Path) -> None:
    words = ("query", "HBA1", "-k", "1", "-s", str(small))
    without = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    assert program(*words, without=without).returncode == 0
    gone = "mkdir gone && cd gone && rmdir ../gone && "
    line = f"cd {small.parent} && {gone}{shlex.join([sys.executable, '-m', 'gene_tui', *words])}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written(small: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = run("query", "HBA1", "-s", str(small), "-o", str(tmp_path / "x.json"))
    assert done.code == 3 and "x.json cannot be written" in done.err
    tmp_path.chmod(0o700)
