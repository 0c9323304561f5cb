"""The check with which an experiment ends: an examination of the whole table."""

from dynamo import doctor
from dynamo.client import Table


async def assert_clean(table: Table) -> None:
    """Check that nothing in the table is wrong. Items that are only unusual (expired, written by the adapter) are
    allowed."""
    report = await doctor.examine(table)
    assert report.clean, {name: report.tallies[name] for name in report.wrong}
