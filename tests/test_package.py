"""What is built of the project has everything that it needs at run time."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES: list[str] = SETUPTOOLS["packages"]


def folder_of(package: str) -> Path:
    """The folder of a package in the repository."""
    return ROOT.joinpath(*package.split("."))


def test_every_package_below_those_at_the_top_is_listed() -> None:
    tops = {package.partition(".")[0] for package in PACKAGES}
    found = {file.parent for top in tops for file in (ROOT / top).rglob("__init__.py")}
    assert found == set(map(folder_of, PACKAGES))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_that_is_no_code_is_listed(package: str) -> None:
    """Also those in folders that are no package."""
    folder, others = folder_of(package), set(map(folder_of, PACKAGES))
    patterns = SETUPTOOLS["package-data"]["*"] + SETUPTOOLS["package-data"].get(package, [])
    listed = {file for pattern in patterns for file in folder.glob(pattern)}
    data = {file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".py", ".pyc")}
    own = {file for file in data if next(parent for parent in file.parents if parent in others) == folder}
    assert own <= listed
    assert folder / "py.typed" in own
