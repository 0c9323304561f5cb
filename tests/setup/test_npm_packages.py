"""npm's set-up shows that it goes on, and ends with a sentence when npm fails or hangs. npm is a script here."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from setup import npm_packages
from tests.processes import ROOT, START_SECONDS

Install = Callable[..., subprocess.CompletedProcess[str]]

FAILURES = {
    "no network": (
        "npm error code ENOTFOUND\n"
        "npm error syscall getaddrinfo\n"
        "npm error errno ENOTFOUND\n"
        "npm error network request to https://npm.example/react failed, reason: getaddrinfo ENOTFOUND npm.example\n"
        "npm error network This is a problem related to network connectivity.\n"
        "npm error A complete log of this run can be found in: /home/ada/.npm/_logs/debug-0.log",
        "ENOTFOUND: network request to https://npm.example/react failed, reason: getaddrinfo ENOTFOUND npm.example",
    ),
    "an older npm": (
        "npm ERR! code ECONNREFUSED\nnpm ERR! FetchError: request to https://npm.example/react failed",
        "ECONNREFUSED: FetchError: request to https://npm.example/react failed",
    ),
    "another package than the lock says": (
        "npm error code EINTEGRITY\nnpm error sha512-a integrity checksum failed",
        "EINTEGRITY: sha512-a integrity checksum failed",
    ),
    "no code": ("npm error Exit handler never called!", "Exit handler never called!"),
    "no words": ("", "exit status 7"),
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The path at which a test stores a script in place of npm."""
    path = tmp_path / "bin" / "npm"
    path.parent.mkdir()
    return path


@pytest.fixture
def install(tmp_path: Path, script: Path) -> Install:
    """Installs into a folder with an npm that does as it is told."""

    def run(does: str, *options: str) -> subprocess.CompletedProcess[str]:
        script.write_text(f"#!/bin/sh\n{does}\n")
        script.chmod(0o755)
        return subprocess.run(
            [sys.executable, "-m", "setup.npm_packages", str(tmp_path), *options],
            cwd=ROOT,
            env={**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    return run


def test_what_succeeds_says_nothing(tmp_path: Path, install: Install) -> None:
    process = install(f'echo "$@" > {tmp_path}/arguments; echo added 3 packages')

    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[:2] == ["ci", "--ignore-scripts"]
    assert arguments[-2:] == ["--prefix", str(tmp_path)]


@pytest.mark.parametrize(("said", "reason"), FAILURES.values(), ids=FAILURES)
def test_what_fails_is_one_sentence_with_npms_reason(install: Install, said: str, reason: str) -> None:
    process = install(f"cat <<'END' >&2\n{said}\nEND\nexit 7")

    assert process.returncode == 2
    (line,) = process.stderr.splitlines()
    assert line.startswith("authgraph: npm could not install the packages of ")
    assert f"package-lock.json ({reason}): check the network" in line


def test_what_hangs_is_given_up_and_ended(tmp_path: Path, install: Install) -> None:
    """With everything that it has started."""
    process = install(f"sleep 1000 & echo $! > {tmp_path}/child; wait", "--stall-seconds", "1")

    assert process.returncode == 2
    assert "npm has made no progress for 1 seconds" in process.stderr
    assert len(process.stderr.splitlines()) == 1
    child = int((tmp_path / "child").read_text())
    over = time.monotonic() + START_SECONDS
    # A process that gets a signal ends when it has its turn.
    while runs(child):
        assert time.monotonic() < over


def runs(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(("seconds", "status"), [(1.5, 0), (2.5, None)])
def test_what_goes_on_is_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, status: int | None
) -> None:
    """However slowly: here a file grows every so many seconds, in four times those in which nothing may happen."""
    now = 1000.0
    monkeypatch.setattr(npm_packages, "time", SimpleNamespace(monotonic=lambda: now))

    def wait(_: float) -> int:
        nonlocal now
        now += 0.5
        if (now - 1000) % seconds == 0:
            with (tmp_path / "file").open("a") as file:
                file.write("more")
        if now < 1008:
            raise subprocess.TimeoutExpired("npm", 0.5)
        return 0

    with (tmp_path / "output").open("w") as output:
        assert npm_packages._follow(Mock(wait=wait), tmp_path, output, 2) == status


def test_a_terminal_shows_how_far_it_is(tmp_path: Path, script: Path) -> None:
    """The command `script` gives the process a terminal."""
    script.write_text("#!/bin/sh\nsleep 1\n")
    script.chmod(0o755)

    output = subprocess.check_output(
        ["script", "-qec", f"{sys.executable} -m setup.npm_packages {tmp_path}", "/dev/null"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}"},
        text=True,
        timeout=START_SECONDS,
    )

    assert " MB after " in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_npm_too_and_says_nothing(tmp_path: Path, install: Install, number: int) -> None:
    process = install(f"kill -{int(number)} $PPID; sleep 1000 & echo $! > {tmp_path}/child; wait")

    assert (process.returncode, process.stderr) == (130, "")


def test_npm_need_not_be_there(tmp_path: Path) -> None:
    """The Makefile brings one; whoever runs this without it is told."""
    process = subprocess.run(
        [sys.executable, "-m", "setup.npm_packages", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 2
    assert process.stderr.startswith("authgraph: npm cannot be run (No such file or directory): ")
