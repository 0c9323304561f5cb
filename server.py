"""The command line (`python server.py --help`), and the function with which each worker of uvicorn makes its
application."""

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.app import Application


def create_application() -> "Application":
    """Make the application from the environment, to which `serve` has added what it found and made."""
    from commands.application import build

    return build()


if __name__ == "__main__":
    from commands.interruption import end_at_once

    # Before everything else is imported, which takes a second.
    end_at_once()
    # A server starts without the command line, whose libraries take a tenth of its start and of its memory.
    if sys.argv[1:] == ["serve"]:
        # Next to nothing that is made while modules are imported is garbage. Looking for it takes a tenth of a start.
        gc.disable()
        from commands.serve import main
    else:
        from commands.main import main

    main()
