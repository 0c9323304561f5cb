"""Install the npm packages of a folder's lock file: shows that it goes on, and ends with a sentence if it does not.

Run by make as `python -m setup.npm_packages FOLDER`.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final

COMMAND: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix")
PATIENCE: Final = {
    "npm_config_fetch_timeout": "60000",
    "npm_config_fetch_retries": "2",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "5000",
}
"""How long npm tries to fetch a file, in milliseconds. Its defaults wait minutes for a network that is not there."""
STALL_SECONDS: Final = 240.0
"""Without a byte more on disk or a word of npm. This is longer than all attempts at one file take."""
LOOK_SECONDS: Final = 0.5
SAY_SECONDS: Final = 10.0
"""Between two lines of progress. A terminal has one line, which changes at every look."""
END_SECONDS: Final = 5.0
MEGABYTE: Final = 1_000_000
FAILED: Final = 2
INTERRUPTED: Final = 130

_SAID = re.compile(r"^npm (?:ERR!|error) (?P<text>\S.*)$", re.MULTILINE)
_PASSED_OVER = re.compile(r"code |errno |syscall |path |A complete log |\S*_logs\b")


class InstallationFailed(Exception):
    """npm failed, or nothing happened for too long; the message is a whole sentence."""


def main() -> None:
    """Install, and exit with status 2 and a sentence on standard error if that fails."""
    parser = argparse.ArgumentParser(prog="python -m setup.npm_packages", description=__doc__)
    parser.add_argument("folder", type=Path, help="The folder with package-lock.json.")
    parser.add_argument(
        "--stall-seconds", type=float, default=STALL_SECONDS, help="Give up after this time without progress."
    )
    parser.add_argument("--omit-dev", action="store_true", help="Leave out the packages of development.")
    arguments = parser.parse_args()
    # Make sends it when it is ended itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        install(arguments.folder, arguments.stall_seconds, omit_dev=arguments.omit_dev)
    except InstallationFailed as failure:
        sys.stderr.write(f"authgraph: {failure}\n")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def install(folder: Path, stall_seconds: float, *, omit_dev: bool = False) -> None:
    """Run npm until it ends. Raises `InstallationFailed`."""
    omitted = ("--omit=dev",) if omit_dev else ()
    lock = folder / "package-lock.json"
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - every word of the command is ours
                (*COMMAND, str(folder), *omitted),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=PATIENCE | os.environ,
                # So that it can be ended with everything that it has started.
                start_new_session=True,
            )
        except OSError as error:
            raise InstallationFailed(f"npm cannot be run ({error.strerror}): install Node.js 20 or newer.") from error
        try:
            status = _follow(process, folder / "node_modules", output, stall_seconds)
        finally:
            _end(process)
        output.seek(0)
        said = output.read()
    if status is None:
        raise InstallationFailed(
            f"npm has made no progress for {stall_seconds:.0f} seconds while it installed the packages of {lock}: "
            "check the network and the registry that npm is set to, and run the same command again."
        )
    if status != 0:
        raise InstallationFailed(
            f"npm could not install the packages of {lock} ({_reason(said, status)}): check the network and the "
            "registry that npm is set to, or correct what npm names, and run the same command again."
        )


def _follow(process: subprocess.Popen[bytes], target: Path, output: IO[str], stall_seconds: float) -> int | None:
    """The exit status of npm, or None if it stalled; meanwhile progress is shown."""
    started = grown = said = time.monotonic()
    size = -1
    while True:
        try:
            return process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if (found := _size(target) + os.fstat(output.fileno()).st_size) != size:
            size, grown = found, now
        elif now - grown >= stall_seconds:
            return None
        if sys.stdout.isatty():
            sys.stdout.write(f"\r  {_progress(size, now - started)} ")
            sys.stdout.flush()
        elif now - said >= SAY_SECONDS:
            said = now
            sys.stdout.write(f"  {_progress(size, now - started)}\n")
            sys.stdout.flush()


def _progress(size: int, seconds: float) -> str:
    return f"{size / MEGABYTE:,.0f} MB after {seconds:.0f} s"


def _size(folder: Path) -> int:
    """The bytes of all files; npm may take one away meanwhile."""
    total = 0
    for directory, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.lstat(os.path.join(directory, file)).st_size
            except OSError:
                continue
    return total


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _reason(said: str, status: int) -> str:
    """What npm gives as the reason, in a few words."""
    lines = [match["text"].strip().rstrip(".") for match in _SAID.finditer(said)]
    code = next((line.removeprefix("code ") for line in lines if line.startswith("code ")), None)
    text = next((line for line in lines if not _PASSED_OVER.match(line)), None)
    return ": ".join(part for part in (code, text) if part is not None) or f"exit status {status}"


if __name__ == "__main__":
    main()
