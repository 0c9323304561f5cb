"""Performs the steps of a Dockerfile in folders of this machine, where no container can be built."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
DOCKERFILE: Final = ROOT / "deploy/Dockerfile"
IGNORED: Final = ROOT / "deploy/Dockerfile.dockerignore"
STEP_SECONDS: Final = 900
OF_THIS_MACHINE: Final = {"PIP_NO_CACHE_DIR"}
"""Variables that would keep a step from what is on this machine already, and change nothing in its result."""

_INSTRUCTION = re.compile(r"^([A-Z]+) (.*?)(?<!\\)$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)


@dataclass(slots=True)
class Stage:
    """The file system and the configuration of one stage. `root` stands for `/`."""

    root: Path
    folder: str = "/"
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    health: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """Where a file of the stage is on this machine. A relative name begins in the working folder."""
        return self.root / os.path.join(self.folder, name).lstrip("/")

    @property
    def here(self) -> Path:
        """The folder in which commands run."""
        return self.path("")


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """The instructions of a Dockerfile with their arguments, each in one line."""
    for name, arguments in _INSTRUCTION.findall(_COMMENT.sub("", text)):
        yield name, " ".join(arguments.replace("\\\n", " ").split())


def build(folder: Path, text: str | None = None) -> Stage:
    """Perform every step, each stage in a folder of its own. Returns the last stage."""
    stages: dict[str, Stage] = {}
    stage = Stage(folder)
    for name, arguments in instructions(text or DOCKERFILE.read_text()):
        match name:
            case "FROM":
                stage = Stage(folder / str(len(stages)))
                stage.root.mkdir()
                stages[arguments.partition(" AS ")[2] or "last"] = stage
            case "WORKDIR":
                stage.folder = arguments
                stage.here.mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(stage, stages, shlex.split(arguments))
            case "RUN":
                _run(stage, arguments)
            case "ENV":
                variables = dict(word.split("=", 1) for word in shlex.split(arguments))
                stage.environment |= {name: variables[name] for name in variables.keys() - OF_THIS_MACHINE}
            case "USER":
                stage.user = arguments
            case "HEALTHCHECK":
                stage.health = json.loads(arguments.partition(" CMD ")[2])
            case "ENTRYPOINT":
                stage.entrypoint = json.loads(arguments)
            case "CMD":
                stage.command = json.loads(arguments)
            case "EXPOSE":
                pass
            case _:
                raise ValueError(f"Nothing performs {name}.")
    return stage


def _copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    option = re.fullmatch(r"--from=(.+)", words[0])
    if option:
        words = words[1:]
    *sources, target = words
    for source in sources:
        from_file = stages[option[1]].path(source) if option else ROOT / source
        to = stage.path(target)
        if from_file.is_dir():
            shutil.copytree(from_file, to, symlinks=True, dirs_exist_ok=True, ignore=None if option else _unsent)
        else:
            to = to / from_file.name if target.endswith(("/", ".")) else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(from_file, to)


def _unsent(folder: str, names: list[str]) -> set[str]:
    """What the builder does not get of a folder of the context."""
    return {name for name in names if not is_sent((Path(folder) / name).relative_to(ROOT).as_posix())}


def is_sent(name: str) -> bool:
    """Whether the builder gets a file of the context: the last rule that fits it, or a folder above it, decides."""
    is_kept = True
    for rule in IGNORED.read_text().split():
        pattern = rule.removeprefix("!")
        above = name.split("/")
        paths = ["/".join(above[:depth]) for depth in range(1, len(above) + 1)]
        if any(fnmatch(path, pattern) or (pattern.startswith("**/") and fnmatch(path, pattern[3:])) for path in paths):
            is_kept = rule.startswith("!")
    return is_kept


def _run(stage: Stage, command: str) -> None:
    """Run it with the Python that runs the tests in place of the image's."""
    programs = stage.root / ".programs"
    programs.mkdir(exist_ok=True)
    python = programs / "python"
    if not python.exists():
        python.symlink_to(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUTHGRAPH_", "AWS_", "VIRTUAL"))
    }
    finished = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=stage.here,
        env=environment | {"PATH": f"{programs}:{os.environ['PATH']}"} | stage.environment,
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, f"{command}\n{finished.stdout}\n{finished.stderr}"
