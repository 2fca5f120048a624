"""What is shipped: a wheel built from the source distribution holds all that is needed to run."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def build(kind: str, source: Path, out: Path) -> Path:
    """What the build backend makes of a folder: ``sdist`` or ``wheel``."""
    code = f"import hatchling.build, sys; print(hatchling.build.build_{kind}(sys.argv[1]))"
    run = subprocess.run([sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True, check=True)
    return out / run.stdout.split()[-1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution as its user unpacks it."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", ROOT, folder)) as archive:
        archive.extractall(folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    return source


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed package, made from the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build("wheel", unpacked, folder)) as archive:
        archive.extractall(folder)
    return folder


def files(folder: Path, pattern: str) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob(pattern))
    return {str(path) for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_package_and_the_grammars(wheel: Path) -> None:
    assert files(wheel / "matdiff" / "grammar", "*.lark") == files(ROOT / "grammar", "*.lark") >= {"math.lark"}
    assert files(wheel / "matdiff", "*.py") == files(ROOT / "matdiff", "*.py")
    assert (wheel / "matdiff" / "py.typed").is_file()
    assert {path.name.partition("-")[0] for path in wheel.iterdir() if path.is_dir()} == {"matdiff"}


def test_the_wheel_names_its_licence_and_its_command(wheel: Path) -> None:
    (info,) = wheel.glob("*.dist-info")
    assert (info / "licenses" / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "matdiff = matdiff.cli:main" in (info / "entry_points.txt").read_text(encoding="utf-8")
    assert "License-Expression: MIT" in (info / "METADATA").read_text(encoding="utf-8")


def test_the_source_distribution_can_be_tested(unpacked: Path) -> None:
    for name in ("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml"):
        assert (unpacked / name).is_file()
    for folder in ("tests", "examples", "grammar"):
        assert files(unpacked / folder, "*.*") == files(ROOT / folder, "*.*")


def test_the_package_runs_away_from_its_checkout(wheel: Path, tmp_path: Path) -> None:
    code = "import matdiff; print(matdiff.__file__); print(matdiff.gradient(\"x'*A*x\", 'x'))"
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    where, answer = run.stdout.splitlines()
    assert Path(where).is_relative_to(wheel)
    assert answer == "(A + A')*x"
