"""The conda recipe and the container file: what of them can be tried without conda or podman."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import gene_tui
from tests.ui.pseudo_terminal import Program

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
#: What conda calls the package without what only drawing on a desktop needs.
CONDA_NAMES = {"matplotlib-base": "matplotlib"}


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """The recipe as conda-build renders it."""

    def load(name: str, *, from_recipe_dir: bool) -> dict[str, Any]:
        assert from_recipe_dir
        return tomllib.loads((FOLDER / name).read_text())

    def search(load_file: str, regex_pattern: str, from_recipe_dir: bool) -> re.Match[str] | None:
        assert from_recipe_dir
        return re.search(regex_pattern, (FOLDER / load_file).read_text())

    text = (FOLDER / "meta.yaml").read_text()
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
    read = yaml.safe_load(
        template.render(load_file_data=load, load_file_regex=search, PYTHON="python")
    )
    assert isinstance(read, dict)
    return read


def bounds(lines: list[str]) -> dict[str, SpecifierSet]:
    """Versions by name, of conda's ``name >=1,<2``."""
    found = {}
    for line in lines:
        name, _, versions = line.partition(" ")
        found[canonicalize_name(CONDA_NAMES.get(name, name))] = SpecifierSet(versions)
    assert len(found) == len(lines)
    return found


def wanted(requirements: list[str]) -> dict[str, SpecifierSet]:
    read = map(Requirement, requirements)
    return {
        canonicalize_name(one.name): one.specifier for one in read if one.name != PROJECT["name"]
    }


def test_the_recipe_depends_on_what_the_project_does(recipe: dict[str, Any]) -> None:
    run = bounds(recipe["requirements"]["run"])
    assert run.pop(canonicalize_name("python")) == SpecifierSet(PROJECT["requires-python"])
    assert run == wanted(PROJECT["dependencies"])
    extras = PROJECT["optional-dependencies"]
    optional = [line for name in extras if name not in ("dev", "all") for line in extras[name]]
    assert bounds(recipe["requirements"]["run_constrained"]) == wanted(optional)


def test_the_recipe_says_what_the_project_does(recipe: dict[str, Any]) -> None:
    assert recipe["package"] == {"name": PROJECT["name"], "version": gene_tui.__version__}
    assert recipe["about"]["summary"] == PROJECT["description"]
    assert recipe["about"]["license"] == PROJECT["license"]
    files = {str((FOLDER / name).resolve()) for name in recipe["about"]["license_file"]}
    assert files == {str(ROOT / name) for name in PROJECT["license-files"]}
    (point,) = PROJECT["scripts"].items()
    assert recipe["build"]["entry_points"] == [" = ".join(point)]
    assert recipe["build"]["noarch"] == "python"


# --- the container file --------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = (FOLDER / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def copied() -> list[str]:
    """What is copied from the checkout, over both stages."""
    found = []
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            found += rest.split()[:-1]
    return found


def test_what_the_container_file_copies_is_there_and_not_ignored() -> None:
    lines = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    taken = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines and taken == set(copied())
    for name in copied():
        assert (ROOT / name).exists()
        assert not any(fnmatch.fnmatch(name, line) for line in lines if line not in ("", "*"))


def test_the_container_runs_as_a_person_whose_home_is_a_volume() -> None:
    said = instructions()
    words = [word for word, _ in said]
    values = dict(said)
    assert values["USER"] != "root" and words.index("USER") < words.index("ENTRYPOINT")
    environment = dict(pair.split("=") for pair in shlex.split(values["ENV"]))
    assert environment["HOME"] == values["VOLUME"] == f"/home/{values['USER']}"
    assert environment["LANG"].endswith("UTF-8") and environment["TERM"] == "xterm-256color"
    assert values["ENTRYPOINT"] == '["gene-tui"]'
    base = re.search(r"python:(\d+\.\d+)", values["ARG"])
    assert base and base[1] in SpecifierSet(PROJECT["requires-python"])


# --- what both do, without them ------------------------------------------------------------------


def build(source: Path, target: Path, kind: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the container's first stage: of what is copied, and nothing else."""
    folder = tmp_path_factory.mktemp("stage")
    for name in copied():
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignored)
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / "source" / name)
    return build(folder / "source", folder / "wheels", "wheel")


def test_wheel_and_sdist_hold_the_assets_and_their_licences(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    sources = build(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(sources) as archive:
        listed = {name.partition("/")[2] for name in archive.getnames()}
    assets = [path.name for path in (ROOT / "assets").iterdir() if path.is_file()]
    assert {f"assets/{name}" for name in assets} <= listed
    assert {f"gene_tui/assets/{name}" for name in assets if not name.endswith(".py")} <= packed
    info = f"gene_tui-{gene_tui.__version__}.dist-info/licenses"
    for name in PROJECT["license-files"]:
        assert name in listed and f"{info}/{name}" in packed


def test_an_installed_wheel_answers_completes_and_draws(
    wheel: Path, tmp_path: Path, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel in an environment of its own, beside the dependencies of this one, used from
    elsewhere: by the recipe's script and test commands."""
    place = tmp_path / "installed"
    bare = ["--without-pip"] if importlib.util.find_spec("pip") else []
    subprocess.run([sys.executable, "-m", "venv", *bare, str(place)], check=True)
    python = place / "bin" / "python"
    scheme = {"base": str(place), "platbase": str(place)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    # A path line brings the packages but not what their own .pth files do: the editable checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=wheel.parent, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    script = recipe["build"]["script"].split()
    assert script[0] == "python" and script[-1] == wheel.name
    run(str(python), *script[1:], "--ignore-installed")
    where = run(str(python), "-c", "import gene_tui; print(gene_tui.__file__)")
    assert Path(where.strip()).is_relative_to(packages)
    program = str(place / "bin" / "gene-tui")
    said = {}
    for command in recipe["test"]["commands"]:
        word, *rest = shlex.split(command)
        assert word == "gene-tui"
        said[command] = run(program, *rest)
    assert gene_tui.__version__ in said["gene-tui --version"]
    assert "HBA2" in said["gene-tui query HBA1 -k 3"]
    assert "_GENE_TUI_COMPLETE=bash_complete" in run(program, "completion", "bash")
    monkeypatch.setenv("_GENE_TUI_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "gene-tui que")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert "query" in run(program)
    monkeypatch.delenv("_GENE_TUI_COMPLETE")
    with_app = Program([program], (80, 24), cwd=tmp_path, PYTHONPATH="")
    try:
        with_app.until_shown("Type a gene and press Enter")
        with_app.send("HBA1\r")
        with_app.until_shown("HBA2")
    finally:
        with_app.close()
