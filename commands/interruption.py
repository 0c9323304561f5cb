"""What SIGINT and SIGTERM do until a server handles them: they end the command without a word."""

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STOPS: Final = (signal.SIGINT, signal.SIGTERM)
SIGNALLED: Final = 128
"""Shells add a signal's number to this to get the exit status."""
AGAIN_SECONDS: Final = 0.01


def end_at_once() -> None:
    """Let both signals end the process on the spot, as they do with most programs. For code that has nothing to undo.

    Python's own handler of SIGINT raises an exception. Inside an import that is shown as a traceback or even lost.
    """
    for number in STOPS:
        # A command in the background of a script ignores SIGINT, and goes on doing so.
        if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
            signal.signal(number, _end_at_once)


def interrupt() -> None:
    """Let SIGINT raise `KeyboardInterrupt` again. For code that has something to undo."""
    if signal.getsignal(signal.SIGINT) is _end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def end_in_order() -> None:
    """Let the first of both signals raise `SystemExit(0)`: a server that is stopped while it starts has not failed.

    Later ones are ignored, because what the first one ends takes seconds at most and must not be torn.
    """
    sys.unraisablehook = _raise_again
    signal.signal(signal.SIGALRM, _end_in_order)
    for number in STOPS:
        signal.signal(number, _end_in_order)


def _end_at_once(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    # The first process of a container outlives it.
    os._exit(SIGNALLED + number)


def ignore_stops() -> None:
    """Ignore both signals until the process has ended. In its last moments Python forgets its own handlers, and one of
    them would end it with another exit status."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)


def _end_in_order(_: int, __: FrameType | None) -> NoReturn:
    ignore_stops()
    raise SystemExit(0)


def _raise_again(lost: "UnraisableHookArgs") -> None:
    """Raise a moment later what was raised in a destructor or a callback of the import system, and went nowhere."""
    if isinstance(lost.exc_value, SystemExit):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(lost)
