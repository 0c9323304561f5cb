"""How far the current request has come, for the error if it is cancelled early."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """Set for each request by the code that limits its time."""

    changes: bool = False
    """Whether the request is a mutation."""
    cut_off: bool = False
    """Whether the request was waiting for the table when it was cancelled."""


PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)


def note_cut_off() -> None:
    """Note that the request was cancelled while it waited for the table."""
    progress = PROGRESS.get()
    if progress is not None:
        progress.cut_off = True
