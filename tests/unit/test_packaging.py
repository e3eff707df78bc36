"""What is installed, what it weighs at import, and what the repository must not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import gene_tui

ROOT = Path(__file__).parent.parent.parent
HEAVY = {"textual", "pandas", "faiss", "numba", "numpy", "scipy", "pyarrow", "h5py", "rich"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


# --- what starting costs -----------------------------------------------------------------------


def imported_by(*arguments: str) -> tuple[set[str], str]:
    """The top-level packages a fresh interpreter imports, and what it prints."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    modules = re.findall(r"^import time:.*\| +(\S+)$", run.stderr, re.MULTILINE)
    assert "gene_tui" in modules
    return {module.partition(".")[0] for module in modules}, run.stdout


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["-c", "import gene_tui"], ""),
        (["-m", "gene_tui", "--version"], gene_tui.__version__),
    ],
    ids=["import", "version"],
)
def test_starting_imports_nothing_heavy(arguments: list[str], printed: str) -> None:
    packages, out = imported_by(*arguments)
    assert packages & HEAVY == set()
    assert printed in out


def test_heavy_imports_would_be_seen() -> None:
    packages, _ = imported_by("-c", "import gene_tui, numpy")
    assert "numpy" in packages


# --- the wheel ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from what git tracks, as a release would be."""
    folder = tmp_path_factory.mktemp("release")
    source = folder / "source"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_wheel_carries_the_package_and_its_assets(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    code = {name for name in tracked() if name.startswith("gene_tui/")}
    assets = {f"gene_tui/{name}" for name in tracked() if name.startswith("assets/")}
    assets = {name for name in assets if not name.endswith(".py")}
    assert "gene_tui/assets/gene_analogies.txt" in assets
    assert names == code | assets


def test_what_comes_with_the_program_is_small(wheel: zipfile.ZipFile) -> None:
    assert wheel.filename is not None
    assert Path(wheel.filename).stat().st_size <= 8_000_000
    assets = [name for name in tracked() if name.startswith("assets/")]
    assert sum((ROOT / name).stat().st_size for name in assets) <= 6_000_000


def test_assets_are_found_in_an_installed_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    code = "from gene_tui.paths import asset; print(asset('gene_analogies.txt'))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert Path(run.stdout.strip()) == tmp_path / "gene_tui/assets/gene_analogies.txt"


def test_wheel_metadata(wheel: zipfile.ZipFile) -> None:
    info = f"gene_tui-{gene_tui.__version__}.dist-info"
    points = wheel.read(f"{info}/entry_points.txt").decode().split("\n")
    assert points[:2] == ["[console_scripts]", "gene-tui = gene_tui.cli:main"]
    assert wheel.read(f"{info}/licenses/LICENSE").startswith(b"MIT License")
    metadata = Parser().parsestr(wheel.read(f"{info}/METADATA").decode())
    assert metadata["Name"] == "gene-tui"
    assert metadata["License-Expression"] == "MIT AND CC-BY-SA-4.0"
    assert b"CC BY-SA 4.0" in wheel.read(f"{info}/licenses/assets/atlas-LICENSE.txt")
    assert metadata["Requires-Python"] == ">=3.11"
    extras = set(metadata.get_all("Provides-Extra") or [])
    assert extras == {"formats", "hub", "cluster", "plots", "dev", "all"}


def test_entry_point_exists() -> None:
    from gene_tui.cli import main

    assert callable(main)


# --- versions ----------------------------------------------------------------------------------


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    names = [canonicalize_name(line.partition("==")[0]) for line in pins]
    assert len(set(names)) == len(names), "one line a package"
    return dict(zip(names, (line.partition("==")[2] for line in pins), strict=True))


def test_constraints_are_exact_and_name_no_place() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)


def test_every_dependency_is_pinned_inside_its_bounds(project: dict[str, Any]) -> None:
    pins = constraints()
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    for requirement in map(Requirement, wanted):
        if requirement.name != project["name"]:
            pin = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(pin), f"{requirement} excludes {pin}"


def test_one_version(project: dict[str, Any]) -> None:
    """It stands in the package; the build reads it there, and two texts repeat it."""
    assert "version" not in project and "version" in project["dynamic"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = re.search(r"^version: (\S+)\ndate-released: (\S+)$", citation, re.MULTILINE)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) · (\S+)$", changes, re.MULTILINE)
    assert cited is not None and newest is not None
    assert cited.groups() == newest.groups()
    assert cited[1] == gene_tui.__version__


# --- what the repository must not hold -----------------------------------------------------------


def tracked() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = run.stdout.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


# Written so that this file does not find itself.
REGISTRIES = [
    r"pypi\.(org|python)",
    r"python[h]osted",
    r"[h]ttps?://[^\s\"')]*/simple\b",
    r"registry\.[n]pm",
    r"conda\.[a]naconda",
    r"repo\.[a]naconda",
    r"mirrors?\.[a-z0-9.-]+/pypi",
    r"--(extra-)?index-[u]rl",
    r"--find-[l]inks",
]
MACHINES = [r"(?<![\w.])/[w]ork/", r"(?<!\w)/[t]mp/brief", r"/[o]pt/(pypi|wheels)", r"/[r]oot/"]


@pytest.mark.parametrize("pattern", REGISTRIES + MACHINES)
def test_no_file_names_a_registry_or_one_machine(pattern: str) -> None:
    forbidden = re.compile(pattern.encode(), re.IGNORECASE)
    found = [
        f"{name}: {match[0].decode(errors='replace')}"
        for name in tracked()
        if (match := forbidden.search((ROOT / name).read_bytes()))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "pypi" + ".org/simple/numpy",
        "https://files." + "python" + "hosted.org/packages/x",
        "--index-" + "url somewhere",
        "cd /" + "work/main",
        "/" + "root/.pyenv",
    ],
)
def test_the_patterns_find_what_they_are_for(text: str) -> None:
    assert any(re.search(pattern, text, re.IGNORECASE) for pattern in REGISTRIES + MACHINES)
