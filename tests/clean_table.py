"""How an experiment ends: with a look over the whole table."""

from dynamo import doctor
from dynamo.client import Table


async def assert_clean(table: Table) -> None:
    """Nothing in the table is wrong; what is merely odd (expired, written by the adapter) may be there."""
    report = await doctor.examine(table)
    assert report.clean, {name: report.tallies[name] for name in report.wrong}
