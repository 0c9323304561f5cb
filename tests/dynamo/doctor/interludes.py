"""What another writer does at the worst moment: after a finding was confirmed, and just before it is mended."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dynamo.client import Table

WRITES = ("transact", "update", "delete")

Interlude = Callable[[], Awaitable[object] | None]


def before_the_next_write(monkeypatch: pytest.MonkeyPatch, interlude: Interlude, *, number: int = 0) -> list[str]:
    """Run an interlude before the next write to any table, or before the one `number` writes later.

    The value is the names of the writes that it came before.
    """
    before: list[str] = []
    earlier: list[str] = []

    def watched(name: str) -> Callable[..., Awaitable[Any]]:
        write = getattr(Table, name)

        async def interrupted(self: Table, *arguments: Any, **more: Any) -> Any:
            if not before and len(earlier) < number:
                earlier.append(name)
            elif not before:
                before.append(name)
                done = interlude()
                if done is not None:
                    await done
            return await write(self, *arguments, **more)

        return interrupted

    for name in WRITES:
        monkeypatch.setattr(Table, name, watched(name))
    return before
