"""Whatever is stored under the keys of the audit log, a page is returned: odd rows are left out or shown with nulls."""

from collections.abc import Mapping
from typing import Any

from tests.api import Api
from tests.every_kind import EVERY_KIND
from tests.interop.raw import Item, RawTable, text
from tests.resolvers.people import sign_up
from tests.schema import walk

ATTRIBUTES = (
    *("type", "action", "actor", "actorName", "impersonator", "target", "requestId", "address", "changed", "expires"),
)
"""What an entry consists of besides its keys."""
NEEDED = ("type", "action", "actor")
"""What an item must have to be an entry."""
PARTITIONS = ("AUDIT#ada", "ACTIVITY#ada")
"""The two partitions of the index in which a user's entries are."""
FIELDS = (
    "at action changed userId requestId ipAddress actor { kind apiKeyId name userId impersonator } user { id userId }"
)
LIST = (
    "query($after: String, $filter: AuditEventFilter) { auditEvents(first: 100, after: $after, filter: $filter) { "
    f"nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
OWN = f"{{ viewer {{ user {{ auditEvents(first: 100) {{ nodes {{ {FIELDS} }} }} }} }} }}"
ODD_PLACES = (
    "2030-13-45T99:99:99.999Z#0000000000000000",
    "2030-02-30T00:00:00.000Z#0000000000000000",
    "0000-01-01T00:00:00.000Z#0000000000000000",
    "2030-01-01T00:00:00.000Z",
    "2030-01-01T00:00:00.000Z#",
    "2030-01-01T00:00:00.000Z#half\ud83d",
)
"""Sort keys that are no time and id."""


def entry(raw: RawTable, number: int) -> Item:
    """An entry in good order, by number."""
    partition = PARTITIONS[number % 2]
    place = f"2030-01-01T00:00:00.000Z#{number:016x}"
    return raw.keys(f"AUDIT#{number % 4}", place, (partition, place)) | {
        "type": text("AUDIT"),
        "action": text("updateUser"),
        "actor": text("key:k1"),
        "actorName": text("support"),
        "target": text("ada"),
        "requestId": text("r1"),
        "address": text("192.0.2.1"),
        "changed": {"L": [text("name")]},
        "expires": {"N": "20000000000"},
    }


def odd_entries(raw: RawTable) -> list[tuple[str, str, Item]]:
    """Entries of which one attribute is odd: the attribute, the kind of value, and the item."""
    cases: list[tuple[str, str, Item]] = []
    for name in ATTRIBUTES:
        values: Mapping[str, Any] = {**EVERY_KIND, "nothing": None}
        for kind, value in values.items():
            item = entry(raw, len(cases))
            left = {key: stored for key, stored in item.items() if key != name}
            cases.append((name, kind, left if value is None else left | {name: value}))
    return cases


async def pages(api: Api, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All events of a list."""
    nodes: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = (await api.data(LIST, {"after": after, "filter": wanted}))["auditEvents"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


async def test_no_odd_entry_fails_a_page(api: Api, raw: RawTable) -> None:
    ada = await sign_up(api, "ada")
    with raw.together():
        cases = odd_entries(raw)
        for _, _, item in cases:
            raw.put(item)
        for place in ODD_PLACES:
            raw.put(entry(raw, 0) | raw.keys("AUDIT#0", place, (PARTITIONS[0], place)))
    entries = [(name, kind) for name, kind, item in cases if is_shown(name, kind, item)]
    for wanted in ({}, {"user": {"userId": "ada"}}):
        nodes = [node for node in await pages(api, wanted) if node["action"] != "registerUser"]
        assert len(nodes) == len(entries), wanted
    assert await pages(api, {"action": "updateUser"})
    nodes = [node for node in await pages(api, {}) if node["action"] != "registerUser"]
    # Newest first, and the id counts up.
    for (name, kind), node in zip(reversed(entries), nodes, strict=True):
        if name == "target":
            assert node["userId"] is None or "S" in EVERY_KIND[kind], kind
            assert node["user"] is None
        else:
            assert node["userId"] == "ada", (name, kind)
    assert (await api.acting_as(session_cookie=ada.token).data(OWN))["viewer"] is not None


def is_shown(name: str, kind: str, item: Item) -> bool:
    """Whether an item is an entry that is kept."""
    if name == "type":
        return False
    if name in NEEDED:
        return (
            name in item
            and not item[name].keys() & {"NULL", "BOOL", "B", "SS", "NS", "BS", "L", "M"}
            and bool(next(iter(item[name].values())))
        )
    # An `expires` in the past.
    past = ("zero", "a whole number", "a negative number", "a fraction", "a long fraction", "almost a whole number")
    return not (name == "expires" and kind in (*past, "a tiny number"))


HALF = "a\ud83db"


async def test_half_characters_in_any_text_are_answered_or_refused_where_all_others_name_somebody(api: Api) -> None:
    """So that each text is reached: `tests/resolvers/test_hostile_values.py` names nobody in the others."""
    await sign_up(api, "ada")
    await sign_up(api, "bob")
    for name, field in walk.roots("Mutation").items():
        document = walk.document("Mutation", name)
        for value in walk.replaced(field.args["input"].type, ("String", "ID"), [HALF]):
            answer = await api.answer(document, {"input": naming(value)})
            codes = [error["extensions"].get("code") for error in answer.get("errors", [])]
            assert "INTERNAL_SERVER_ERROR" not in codes, (name, value, answer)


def naming(value: Any, names: tuple[str, ...] = ("ada", "bob")) -> Any:
    """An input in which every user who is named without the half character is one who exists."""
    match value:
        case {"id": str(given)} if len(value) == 1 and given != HALF:
            return {"userId": names[0]}
        case {"keep": keep, "lose": lose}:
            return {"keep": naming(keep), "lose": naming(lose, names[1:])}
        case dict():
            return {
                name: naming(member, names) if name in ("by", "user", "to", "users") else member
                for name, member in value.items()
            }
        case list():
            return [naming(member, names) for member in value]
    return value
