"""Each kind of odd row is found, named, and mended or left on purpose. A mended table is clean."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dynamo import doctor
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.doctor.kinds import KINDS, Kind
from dynamo.settings import TableSettings
from tests.dynamo.doctor.rows import ROWS, Row
from tests.interop.raw import Item, RawTable
from tests.tables import any_names

REPAIR = doctor.Options(repair=True, orphan_age=timedelta(0))


@pytest.fixture
def table(table_settings: TableSettings) -> Table:
    """A client that keeps a list of the directory. The doctor reads its entries without the index."""
    return replace(Table.connect(table_settings), directory_lists=frozenset({DirectoryList.NAME}))


every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def by_name(kinds: Mapping[Kind, int]) -> dict[str, int]:
    """The numbers of findings, as a report has them."""
    return {kind.name: number for kind, number in kinds.items()}


@every_row
async def test_a_row_is_found_and_named_and_mended_or_left(table: Table, raw: RawTable, row: Row) -> None:
    """An examination and a dry run write nothing. A repair mends what it may, and the next examination agrees."""
    found, left = by_name(row.found), by_name(row.left)
    row.put(raw)
    before = raw.items()
    changes: list[dict[str, Any]] = []

    report = await doctor.examine(table)
    assert report.found == found
    assert report.total == len(before)
    assert report.clean is not any(kind.wrong for kind in row.found)

    dry = await doctor.examine(table, replace(REPAIR, dry_run=True), journal=changes.append)
    assert dry.found == found
    assert {change["event"] for change in changes} <= {"would mend"}
    assert {kind.name for kind in row.found if kind.mendable and kind not in row.left} <= {c["kind"] for c in changes}
    assert raw.items() == before

    await doctor.examine(table, REPAIR)
    if found == left:
        assert raw.items() == before
    # The first of several users with the same value also counts as one without a lock, unless the lock was claimed.
    report = await doctor.examine(table, REPAIR)
    assert report.found == left
    assert report.clean is not any(kind.wrong for kind in row.left)


@any_names
async def test_a_whole_table_of_odd_rows_is_found_at_every_page_size_and_mended(table: Table, raw: RawTable) -> None:
    """The rest of a partition that a page cuts off is looked up."""
    for row in ROWS:
        row.put(Apart(raw, row))
    whole = await doctor.examine(table)
    assert set(whole.found) == set(KINDS)
    for options in (doctor.Options(page=1, segments=1), doctor.Options(page=7, segments=3)):
        report = await doctor.examine(table, options)
        assert report.found == whole.found
        assert report.items == whole.items

    repaired = await doctor.examine(table, replace(REPAIR, page=5))

    left = sum((Counter(by_name(row.left)) for row in ROWS), Counter[str]())
    assert repaired.wrong == {name: number for name, number in left.items() if KINDS[name].wrong}
    assert (await doctor.examine(table, REPAIR)).found == left


async def test_no_report_and_no_log_holds_a_secret_or_an_address(table: Table, raw: RawTable) -> None:
    for row in ROWS:
        row.put(raw)
    shown: list[object] = []
    for options in (doctor.Options(examples=1000), REPAIR):
        report = await doctor.examine(table, options, journal=shown.append)
        shown.append(report.as_json())
    text = json.dumps(shown)
    for secret in ("s1", "example.com", "g1", "pkey", '"t"', "0123456789abcdef"):
        assert secret not in text, secret


async def test_addresses_are_shown_to_who_asks(table: Table, raw: RawTable) -> None:
    for row in ROWS:
        row.put(raw)
    report = await doctor.examine(table, doctor.Options(addresses=True, examples=1000))
    assert "ada@example.com" in json.dumps(report.as_json())


def test_every_kind_says_what_it_means_and_what_mending_does() -> None:
    for kind in KINDS.values():
        assert kind.meaning.endswith("."), kind.name
        assert kind.mending.endswith("."), kind.name
        assert kind.mending.startswith("Nothing") is not kind.mendable, kind.name


def test_every_kind_has_a_row() -> None:
    """The list `ROWS` contains every kind of finding."""
    assert {kind for row in ROWS for kind in row.found} == set(KINDS.values())


_NAMES = ("u1", "u2", "u3", "gone", "theirs", "example.com", "g1", "s1", "pkey")


class Apart(RawTable):
    """A table in which the rows of each entry of the list are kept apart from those of the others."""

    def __init__(self, raw: RawTable, row: Row) -> None:
        super().__init__(raw.settings)
        self._mark = f"r{ROWS.index(row)}"

    def put(self, item: Item) -> None:  # type: ignore[override]
        """Store an item with ids, tokens and addresses that no other entry has."""
        super().put(json.loads(self._marked(json.dumps(item))))

    def get(self, pk: str, sk: str) -> Item | None:
        """The item with its names as they were passed to `put`."""
        found = super().get(self._marked(pk), self._marked(sk))
        text = json.dumps(found)
        for name in _NAMES:
            text = text.replace(f"{name}{self._mark}", name)
        return None if found is None else json.loads(text)

    def _marked(self, text: str) -> str:
        for name in _NAMES:
            text = text.replace(name, f"{name}{self._mark}")
        return text
