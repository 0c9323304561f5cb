"""What all experiments share: DynamoDB Local with its data on disk, a proxy with faults, and a table."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dynamo import doctor
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.local.engine import LocalEngine
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import DIRECTORY_INDEX
from soak.faults import FaultyProxy
from soak.server import Server, serving
from soak.tally import Tally

TABLE: Final = "soak"


@dataclass(frozen=True, slots=True)
class Stage:
    """The engine, the proxy in front of it, and the table in it."""

    folder: Path
    engine: LocalEngine
    proxy: FaultyProxy
    table: TableSettings
    """The table as it is reached without the proxy."""

    def server(
        self, name: str, settings: Mapping[str, str] | None = None, *, behind_proxy: bool = True
    ) -> AbstractContextManager[Server]:
        """A server on the table, for one experiment. `settings` are added to its environment."""
        table = self.table
        if behind_proxy:
            table = table.model_copy(update={"dynamodb_endpoint_url": self.proxy.endpoint_url})
        return serving(self.folder / name, table, settings or {})

    def kill_engine(self) -> None:
        """End DynamoDB Local with SIGKILL."""
        if self.engine.pid:
            os.kill(self.engine.pid, signal.SIGKILL)
            while self.engine.pid:
                time.sleep(0.01)

    async def examine(self, tally: Tally) -> None:
        """Let the doctor examine the whole table. Everything that is wrong is a violation."""
        self.proxy.share = 0
        table = Table.connect(self.table)
        try:
            report = await doctor.examine(table)
        finally:
            await table.close()
        tally.notes.append(f"the doctor looked at {report.total:,} items")
        for name in report.wrong:
            tally.violate(f"the doctor found {name}: {report.tallies[name]}")

    async def haunt(self) -> None:
        """Let requests that the proxy has held back arrive late, every two seconds, until this is cancelled."""
        while True:
            await asyncio.sleep(2)
            await self.deliver()

    async def deliver(self) -> None:
        """Let requests that the proxy has held back arrive. If the engine is down, they are lost."""
        with suppress(OSError, EOFError):
            await asyncio.to_thread(self.proxy.deliver_ghosts)


@contextmanager
def set_stage(seed: int) -> Iterator[Stage]:
    """A new table on an engine of its own. It has every list of the directory, which the doctor examines too."""
    forget_settings()
    with (
        TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder,
        LocalEngine(Path(folder) / "data") as engine,
        FaultyProxy(engine.endpoint_url, seed) as proxy,
    ):
        settings = TableSettings(
            _env_file=None,
            table_name=TABLE,
            dynamodb_endpoint_url=engine.endpoint_url,
            directory_index_name=DIRECTORY_INDEX,
            directory_lists=tuple(DirectoryList),
        )
        lifecycle.create_table(settings, directory_index=True)
        yield Stage(Path(folder), engine, proxy, settings)


def forget_settings() -> None:
    """Remove the settings of a developer's own server from the environment."""
    for name in [name for name in os.environ if name.startswith(("AUTHGRAPH_", "AWS_")) or name == "WEB_CONCURRENCY"]:
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
