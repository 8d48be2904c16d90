"""The house rules that a machine can check: types, style, the direction of imports, words only in locales, docs."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from bot.settings import Settings, allowed

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "speech", "catalog")
RULES = sorted(path for name in ("rules", "policy") for path in (ROOT / "catalog").rglob(f"{name}.py"))
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "README.zh.md", "LICENSE", "Makefile", "bot", "speech", "catalog", "locales"),
    *("tests", "docs", "requirements.lock", "requirements-test.lock"),
}
CJK = re.compile(r"[\u4e00-\u9fff]")
TABLES_OF_SIGNS = {"catalog/search/sounds.py", "bot/understanding/numbers.py"}
READABLE = {".py", ".toml", ".lock", ".md", ".yaml", ".yml", ".json", ".sh", ""}
MACHINE = re.compile(r"index-url|extra-index|registry=|/work/|/farm/")


def run(*command: str, folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked(*patterns: str) -> list[Path]:
    names = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns).splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_types_are_strict() -> None:
    run(sys.executable, "-m", "mypy", "--no-error-summary")


def test_style() -> None:
    run(sys.executable, "-m", "ruff", "check", ".")
    run(sys.executable, "-m", "ruff", "format", "--check", ".")


def test_imports_run_one_way() -> None:
    run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def test_no_imports_go_in_circles() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    TopologicalSorter({one: graph.find_modules_directly_imported_by(one) for one in graph.modules}).prepare()


def test_top_level_names_are_the_cards() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_words_for_people_in_code(path: Path) -> None:
    """Chinese stands in locales and data; in code only in docstrings, comments and tables of sounds and numerals."""
    name = str(path.relative_to(ROOT))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = [
        f"{name}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CJK.search(node.value)
        and id(node) not in docstrings
    ]  # fmt: skip
    assert name in TABLES_OF_SIGNS or not found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


@pytest.mark.parametrize("path", RULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rules_import_only_the_standard_library(path: Path) -> None:
    """A rule can be read, tested and disputed without a database."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names


def test_every_setting_stands_in_the_operators_guide_as_it_is() -> None:
    guide = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    documented = [line for line in guide.splitlines() if line.startswith("| `SHUSHENG_")]
    settings = Settings.model_construct()
    assert documented == [
        f"| `SHUSHENG_{name.upper()}` | {_shown(getattr(settings, name))} | {field.description} | {allowed(name)} |"
        for name, field in Settings.model_fields.items()
    ]


def _shown(default: object) -> str:
    return f"`{default}`" if default not in ("", ()) else ""


def test_a_wheel_holds_every_data_file(tmp_path: Path) -> None:
    """The packages' data are in it; locales are not in a package (docs/decisions)."""
    files = [path.relative_to(ROOT) for path in tracked(*PACKAGES, "pyproject.toml", "README.md", "LICENSE")]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    build = "import setuptools.build_meta as it; print(it.build_wheel('wheel'))"
    run(sys.executable, "-W", "ignore", "-c", build, folder=tmp_path)
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {str(file) for file in files if file.parts[0] in PACKAGES} <= packed


def test_no_address_of_a_machine_in_the_tree() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix in READABLE and path.name != "test_house.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1)
        if MACHINE.search(line)
    ]  # fmt: skip
    assert not found
