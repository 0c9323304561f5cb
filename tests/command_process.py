"""A process that has imported the command line, and forks for each command: importing takes longer than most commands.

`python -m tests.command_process` reads commands from standard input, one JSON object a line, and writes the exit status
of each to standard output. What is forked is a process of its own as if it were started anew, with the folder, the
environment, the arguments and the files of the command.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, Final, NoReturn

SERVER: Final = Path(__file__).resolve().parents[1] / "server.py"
IMPORTED: Final = ("commands.main", "commands.serve", "commands.application", "schema.build", "boto3")


def main() -> None:
    """Fork for each command, until standard input ends."""
    sys.path[0] = str(SERVER.parent)
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(**json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(
    arguments: list[str], folder: str, environment: dict[str, str], output: str, errors: str, seconds: int
) -> NoReturn:
    """Run the command. What takes longer than that is ended by SIGALRM."""
    signal.alarm(seconds)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for name, mode, number in ((os.devnull, os.O_RDONLY, 0), (output, os.O_WRONLY, 1), (errors, os.O_WRONLY, 2)):
        opened = os.open(name, mode)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv[:] = [str(SERVER), *arguments]
    os._exit(_status())


def _status() -> int:
    """The exit status of the command, once all that Python does at the end of a process is done."""
    status: Any = 0
    try:
        runpy.run_path(str(SERVER), run_name="__main__")
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    if isinstance(status, str):
        sys.stderr.write(f"{status}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    return int(status is not None) if not isinstance(status, int) else status


if __name__ == "__main__":
    main()
