"""What the commands of the pages are checked against: the Makefile, the command line, the packages."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import typer
from typer.main import get_command

import benchmarks.__main__
import soak.__main__
from benchmarks.operations import named
from commands.main import cli
from tests.documentation.blocks import ROOT

TARGETS: Final = frozenset(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
ARGUMENTS_FOR: Final[dict[str, Callable[..., None]]] = {"bench": benchmarks.__main__.main, "soak": soak.__main__.main}
"""The commands to which `make` passes ARGS."""
VALUES: Final = {"--scope": "users:read"}
"""What `…` stands for after an option whose value is no text."""
PACKAGES: Final = tuple(f"{folder}/*/package.json" for folder in ("clients", "deploy", "e2e", "examples", "tests"))
OF_OTHERS: Final = frozenset(
    {
        "apt-get",
        "aws",
        "eksctl",
        "export",
        "sam",
        "curl",
        "docker",
        "git",
        "helm",
        "install",
        "kubectl",
        "nginx",
        "npx",
        "openssl",
        "printf",
        "rm",
        "rover",
        "systemctl",
        "systemd-analyze",
    }
)
"""Programs that no test of the project has. What follows them is not checked."""

_VARIABLE = re.compile(r"[A-Za-z_]+=")
_KEPT = re.compile(r"[A-Za-z_]+=\$\((.+)\)\Z")
"""A command whose output becomes a variable."""


class WrongCommand(Exception):
    """A command that cannot be run as it is written."""


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell block as lists of words, without comments and without variables set in front."""
    for line in text.replace("\\\n", " ").splitlines():
        command: list[str] = []
        if kept := _KEPT.match(line):
            line = kept[1]
        for word in [*shlex.split(line, comments=True), "&&"]:
            if word != "&&":
                command.append(word)
            elif command:
                while command and _VARIABLE.match(command[0]):
                    command.pop(0)
                if command:
                    yield command
                command = []


def check_all(text: str, page: str) -> None:
    """Raise `WrongCommand` if one of the commands would not run.

    npm runs in the folder of the page, all others in the root. A `cd` begins in the root.
    """
    folder: Path | None = None
    for command in commands(text):
        if command[0] == "cd":
            folder = ((folder or ROOT) / command[1]).resolve()
            if not folder.is_dir():
                raise WrongCommand(f"There is no folder {command[1]}.")
        else:
            check(command, folder or (ROOT / page).parent)


def check(command: list[str], folder: Path) -> None:
    """Raise `WrongCommand` if the command would not run. `folder` is where npm runs."""
    program, *arguments = command
    match program:
        case "make":
            _check_make(arguments)
        case "python" | ".venv/bin/python" if arguments[:1] == ["server.py"]:
            _check_ours(arguments[1:])
        case ".venv/bin/python" if arguments[:3] == ["-m", "compileall", "-q"]:
            if missing := [name for name in arguments[3:] if not (ROOT / name).exists()]:
                raise WrongCommand(f"There is no {missing}.")
        case "npm":
            _check_npm(arguments, folder)
        case _ if program in OF_OTHERS:
            pass
        case _:
            raise WrongCommand(f"Nothing checks {program}: add it to tests/documentation/shell.py.")


def _check_make(arguments: list[str]) -> None:
    variables = dict(word.split("=", 1) for word in arguments if "=" in word)
    targets = [word for word in arguments if "=" not in word]
    if unknown := set(targets) - TARGETS:
        raise WrongCommand(f"The Makefile has no {unknown}.")
    given = shlex.split(variables.get("ARGS", ""))
    for target in targets:
        if main := ARGUMENTS_FOR.get(target):
            app = typer.Typer()
            app.command()(main)
            parameters = _parse(get_command(app), given)
            if target == "bench":
                named(parameters["only"])
        elif missing := [path for path in given if "/" in path and not (ROOT / path).exists()]:
            raise WrongCommand(f"There is no {missing}.")


def _check_ours(arguments: list[str]) -> None:
    words = []
    for before, word in zip(["", *arguments], arguments, strict=False):
        if word != "…":
            words.append("5" if word == "[N]" else word)
        elif before.startswith("-"):
            words.append(VALUES.get(before, word))
    _parse(get_command(cli), words)


def _parse(root: Any, arguments: list[str]) -> dict[str, Any]:
    """The values that the command of these arguments would get. Nothing is executed."""
    got: dict[str, Any] = {}
    open_commands = [root]
    while open_commands:
        command = open_commands.pop()
        command.callback = lambda **values: got.update(values)
        open_commands += getattr(command, "commands", {}).values()
    try:
        root.main(arguments, standalone_mode=False)
    except typer.TyperException as error:
        raise WrongCommand(str(error)) from error
    return got


def _check_npm(arguments: list[str], folder: Path) -> None:
    known: dict[str, Callable[[list[str]], object]] = {
        "ci": lambda _: (folder / "package-lock.json").stat(),
        "run": lambda names: [_package(folder)["scripts"][name] for name in names],
        "start": lambda _: _package(folder)["scripts"]["start"],
        "test": lambda _: _package(folder)["scripts"]["test"],
        "install": _check_packages,
        "pack": lambda _: _package(folder)["files"],
    }
    name, *rest = arguments
    if name not in known:
        raise WrongCommand(f"Nothing checks npm {name}: add it to tests/documentation/shell.py.")
    try:
        known[name](rest)
    except (KeyError, OSError) as error:
        raise WrongCommand(f"npm {' '.join(arguments)} does not work in {folder.name}: there is no {error}.") from error


def _check_packages(specifiers: list[str]) -> None:
    known = set[str]()
    for pattern in PACKAGES:
        for file in ROOT.glob(pattern):
            package = json.loads(file.read_text())
            known |= {package["name"], *package.get("dependencies", ()), *package.get("devDependencies", ())}
    names = {re.sub(r"(?<=.)@[\w.^~-]+$", "", word) for word in specifiers if not word.startswith(("-", "."))}
    if unknown := names - known:
        raise WrongCommand(f"No test of the project installs {unknown}.")


def _package(folder: Path) -> dict[str, Any]:
    package: dict[str, Any] = json.loads((folder / "package.json").read_text())
    return package
