"""How far the request at hand has come, for whoever has to say so when it ends early."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """Kept by whoever gives a request its time."""

    changes: bool = False
    """Whether it is to change something."""
    cut_off: bool = False
    """Whether it was waiting for the table when its time was over."""


PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)


def note_cut_off() -> None:
    """Note that the request was cancelled while it waited for the table."""
    progress = PROGRESS.get()
    if progress is not None:
        progress.cut_off = True
