"""What `users` serves with which index, what it refuses and why, and how many requests a page takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynamo import directory_state, list_sections, listing
from dynamo.client import Table
from dynamo.directory_lists import DirectoryList
from dynamo.directory_state import Built, DirectoryState
from resolvers import user_lists, wholeness
from tests import directory_rows
from tests.api import Api, make_api
from tests.counting_proxy import CountingProxy
from tests.interop import odd_rows
from tests.interop.raw import RawTable
from tests.resolvers.people import key_with
from tests.tables import CUSTOM_NAMES

EARLY = datetime(2020, 1, 1, tzinfo=UTC)
USERS = "query($first: Int, $after: String, $last: Int, $before: String, $order: UserOrder, $filter: UserFilter) {"
USERS += """ users(first: $first, after: $after, last: $last, before: $before, orderBy: $order, filter: $filter) {
  nodes { userId } complete edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} }"""

all_lists = pytest.mark.parametrize(
    "table_settings",
    [{"directory_index": True, "directory_lists": directory_rows.ALL}],
    indirect=True,
    ids=["all-lists"],
)

SERVED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by creation": ({"order": {"field": "CREATED_AT"}}, ["u0", "u1", "u2", "u3", "u4"]),
    "latest sign-in first": (
        {"order": {"field": "LAST_SIGN_IN_AT", "direction": "DESC"}},
        ["u4", "u3", "u2", "u1", "u0"],
    ),
    "by e-mail address": ({"order": {"field": "EMAIL"}}, ["u4", "u3", "u2", "u1", "u0"]),
    "by name": ({"order": {"field": "NAME"}}, ["u0", "u1", "u2", "u3", "u4"]),
    "beginning of the address": ({"filter": {"emailPrefix": " A-"}}, ["u4", "u3"]),
    "beginning of the address, last first": (
        {"filter": {"emailPrefix": "a-"}, "order": {"field": "EMAIL", "direction": "DESC"}},
        ["u3", "u4"],
    ),
    "beginning of the name": ({"filter": {"namePrefix": "ＡＮＮ  lee"}}, ["u1", "u2"]),
    "a name that begins like an id": ({"filter": {"namePrefix": "ann\tu"}}, []),
    "created in a span": (
        {"filter": {"createdAt": {"from": "2020-01-02T01:00:00+01:00", "to": "2020-01-04T00:00:00Z"}}},
        ["u1", "u2"],
    ),
    "created before": ({"filter": {"createdAt": {"to": "2020-01-02T00:00:00Z"}}}, ["u0"]),
    "signed in since": ({"filter": {"lastSignInAt": {"from": "2020-01-04T00:00:00Z"}}}, ["u3", "u4"]),
    "by provider": ({"filter": {"provider": "github"}}, ["u0", "u2", "u4"]),
    "of no provider": ({"filter": {"provider": "gitlab"}}, []),
    "unverified by name": ({"filter": {"namePrefix": "ann", "emailVerified": False}}, ["u0", "u1", "u2"]),
    "disabled of a provider": ({"filter": {"provider": "github", "disabled": True}}, []),
    "text in a list": ({"filter": {"contains": "ZO"}, "order": {"field": "NAME"}}, ["u3", "u4"]),
    "search by id": ({"filter": {"search": "u3"}}, ["u3"]),
    "search by account": ({"filter": {"search": "github:at-2"}}, ["u2"]),
    "search by address and name": ({"filter": {"search": "a"}}, ["u4", "u3", "u0", "u1", "u2"]),
    "search for nobody": ({"filter": {"search": "nobody"}}, []),
    "all, with conditions that are none": (
        {"filter": {"search": " ", "createdAt": {"from": None}, "provider": None}},
        ["u0", "u1", "u2", "u3", "u4"],
    ),
    "a prefix that is no text": ({"filter": {"emailPrefix": "\ud800"}}, []),
}

REFUSED: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "two lists": (
        {"filter": {"emailPrefix": "a", "createdAt": {"from": "2020-01-01T00:00:00Z"}}},
        ["filter", "createdAt"],
        "combined",
    ),
    "a search in a list": ({"filter": {"search": "a", "provider": "github"}}, ["filter", "search"], "combined"),
    "another order": ({"filter": {"emailPrefix": "a"}, "order": {"field": "NAME"}}, ["orderBy", "field"], "EMAIL"),
    "an order of a provider": ({"filter": {"provider": "x"}, "order": {"field": "NAME"}}, ["orderBy"], "leave"),
    "an order of a search": ({"filter": {"search": "x"}, "order": {"field": "NAME"}}, ["orderBy"], "leave"),
    "a span that ends before it begins": (
        {"filter": {"createdAt": {"from": "2021-01-01T00:00:00Z", "to": "2020-01-01T00:00:00Z"}}},
        ["filter", "createdAt", "from"],
        "before",
    ),
    "both ways": ({"first": 1, "last": 1}, ["first"], "backward"),
    "on and back": ({"after": "x", "before": "x"}, ["after"], "backward"),
    "a search from its end": ({"filter": {"search": "a"}, "last": 1}, ["last"], "forward"),
    "too many": ({"last": 101}, ["last"], "100"),
}


@pytest.fixture
def users(raw: RawTable, api: Api) -> None:
    """Five users, of whom each has all values."""
    names = ("Ann", "Ann Lee", "ann lee zed", "Zoe", "Zoë")
    with raw.together():
        for number, name in enumerate(names):
            user_id, address = f"u{number}", f"{'zyxaa'[number]}-{9 - number}@example.com"
            day = EARLY + timedelta(days=number)
            directory_rows.user(raw, api.table, user_id, email=address, name=name, created=day, signed_in=day)
            if number % 2 == 0:
                odd_rows.account(raw, user_id, "github", f"at-{number}")


def ids(page: Any) -> list[str]:
    return [user["userId"] for user in page["nodes"]]


async def pages(api: Api, given: dict[str, Any], size: int, *, backward: bool = False) -> list[str]:
    """The ids of all pages of a size, in the order of the list."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        span = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = (await api.data(USERS, given | span))["users"]
        info = page["pageInfo"]
        assert len(page["nodes"]) <= size
        assert info["hasPreviousPage" if not backward else "hasNextPage"] is (cursor is not None)
        found = [*ids(page), *found] if backward else [*found, *ids(page)]
        cursor = info["startCursor" if backward else "endCursor"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return found


@all_lists
async def test_every_list_is_served_in_its_order_in_pages_of_any_size_both_ways(api: Api, users: None) -> None:
    for what, (given, expected) in SERVED.items():
        assert await pages(api, given, 2) == expected, what
        if "search" not in (given.get("filter") or {}):
            assert await pages(api, given, 2, backward=True) == expected, what


@all_lists
async def test_what_no_list_serves_is_an_error_that_names_the_argument_and_says_what_to_do(
    counted_api: Api, proxy: CountingProxy
) -> None:
    for plans in range(2):
        for what, (given, argument, word) in REFUSED.items():
            (error,) = (await counted_api.answer(USERS, given))["errors"]
            assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}, (what, plans)
            assert word in error["message"], what
    assert proxy.total == 0


NEEDED: dict[str, list[dict[str, Any]]] = {
    "email": [{"order": {"field": "EMAIL"}}, {"filter": {"emailPrefix": "a"}}],
    "name": [{"order": {"field": "NAME"}}, {"filter": {"namePrefix": "a"}}],
    "created": [{"order": {"field": "CREATED_AT"}}, {"filter": {"createdAt": {"to": "2030-01-01T00:00:00Z"}}}],
    "signed_in": [
        {"order": {"field": "LAST_SIGN_IN_AT"}},
        {"filter": {"lastSignInAt": {"to": "2030-01-01T00:00:00Z"}}},
    ],
}
"""The arguments of `users` that need each list of the directory."""


@pytest.mark.parametrize("table_settings", [{}, {"directory_index": True}], indirect=True, ids=["none", "usual"])
async def test_a_list_that_is_off_is_an_error_that_says_how_to_turn_it_on(api: Api) -> None:
    kept = {of.setting for of in api.table.directory_lists}
    assert kept == (set() if api.table.directory_index_name is None else {"email", "created"})
    for setting, needed in NEEDED.items():
        for given in needed:
            answer = await api.answer(USERS, given)
            if setting in kept:
                assert answer["data"]["users"]["nodes"] == []
                continue
            (error,) = answer["errors"]
            assert f"`{setting}`" in error["message"]
            assert "AUTHGRAPH_DIRECTORY_LISTS" in error["message"]
            assert "directory build" in error["message"]
            assert ("--directory-index" in error["message"]) is (not kept)


SEARCHABLE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no index": ({}, ["EMAIL", "NAME"]),
    "an index without lists": ({"directory_index": True, "directory_lists": "none"}, ["EMAIL", "NAME"]),
    "the usual lists": ({"directory_index": True}, ["NAME"]),
    "names": ({"directory_index": True, "directory_lists": "name"}, ["EMAIL"]),
    "all lists": ({"directory_index": True, "directory_lists": directory_rows.ALL}, []),
}
"""Settings, and the lists of a search that are off with them."""


@pytest.mark.parametrize("kept", SEARCHABLE)
async def test_a_search_finds_a_whole_address_with_any_lists_and_says_which_are_off_and_what_to_do(
    make_table: Any, kept: str
) -> None:
    options, off = SEARCHABLE[kept]
    settings = make_table(**options)
    api, raw = make_api(settings), RawTable(settings)
    with raw.together():
        # As the adapter writes users, without entries.
        for number in range(3):
            odd_rows.user(raw, f"u{number}", f"u{number}@example.com")
        odd_rows.user(raw, "as-typed", "As.Typed@example.com")
        directory_rows.user(raw, api.table, "listed", email="listed@example.com", name="Listed")
    await _build(api.table, {of: Built(EARLY, 1) for of in api.table.directory_lists})
    for text, found in (
        ("u1@example.com", ["u1"]),
        (" U1@EXAMPLE.com ", ["u1"]),
        ("As.Typed@example.com", ["as-typed"]),
        ("listed@example.com", ["listed"]),
        ("nobody@example.com", []),
        ("@", []),
        ("null@", []),
        ("a@\ud800", []),
        ("as-typed", ["as-typed"]),
    ):
        answer = await api.answer(USERS, {"filter": {"search": text}})
        assert ids(answer["data"]["users"]) == found, text
        assert answer["data"]["users"]["complete"] is (not off)
        said = answer["extensions"].get("directory")
        assert (said or {"incomplete": []})["incomplete"] == off
        for name in off:
            assert f"`{name.lower()}`" in said["message"]
            assert "AUTHGRAPH_DIRECTORY_LISTS" in said["message"]
            assert ("--directory-index" in said["message"]) is (kept == "no index")
    assert await pages(api, {"filter": {"search": "listed@example.com"}}, 1) == ["listed"]


async def test_without_the_index_users_are_searched_by_id_and_account_and_listed_by_provider(
    api: Api, users: None
) -> None:
    for given, expected in (
        ({"filter": {"search": "u3"}}, ["u3"]),
        ({"filter": {"search": "github:at-2"}}, ["u2"]),
        ({"filter": {"search": "ann"}}, []),
        ({"filter": {"provider": "github"}}, ["u0", "u2", "u4"]),
        ({"filter": {"contains": "ann lee z"}}, ["u2"]),
    ):
        assert ids((await api.data(USERS, given))["users"]) == expected, given
    (error,) = (await api.answer(USERS, {"last": 1}))["errors"]
    assert error["extensions"]["argument"] == ["last"]
    assert "--directory-index" in error["message"]


@all_lists
async def test_a_cursor_holds_for_its_order_its_direction_and_its_filter(api: Api, users: None) -> None:
    lists: list[dict[str, Any]] = [
        {},
        *({"order": {"field": field, "direction": way}} for field in ("EMAIL", "NAME") for way in ("ASC", "DESC")),
        *({"filter": {"emailPrefix": prefix}} for prefix in ("a", "a-")),
        {"filter": {"emailPrefix": "a", "disabled": False}},
        {"filter": {"provider": "github"}},
        {"filter": {"createdAt": {"from": "2020-01-01T00:00:00Z"}}},
        {"filter": {"search": "a"}},
    ]
    cursors = [(await api.data(USERS, given | {"first": 1}))["users"]["edges"][0]["cursor"] for given in lists]
    for made_for, cursor in zip(lists, cursors, strict=True):
        for given in lists:
            codes = [] if given == made_for else ["INVALID_CURSOR"]
            assert await api.codes(USERS, given | {"after": cursor}) == codes, (made_for, given)
            if "search" not in given.get("filter", {}):
                assert await api.codes(USERS, given | {"before": cursor}) == codes, (made_for, given)


@all_lists
async def test_the_same_time_in_another_zone_is_the_same_list(api: Api, users: None) -> None:
    first = {"filter": {"createdAt": {"from": "2020-01-01T00:00:00Z"}}, "first": 1}
    cursor = (await api.data(USERS, first))["users"]["pageInfo"]["endCursor"]
    again = {"filter": {"createdAt": {"from": "2020-01-01T02:00:00+02:00"}}, "after": cursor}
    assert ids((await api.data(USERS, again))["users"]) == ["u1", "u2", "u3", "u4"]


REQUESTS = {
    "of no provider": ["Query"],
    "a name that begins like an id": ["Query"],
    "a prefix that is no text": [],
    "disabled of a provider": ["Query", "BatchGetItem"],
    "search by id": ["Query", "Query", "GetItem"],
    "search by account": ["Query", "Query", "Query", "BatchGetItem"],
    "search by address and name": ["Query", "Query", "BatchGetItem"],
    "search for nobody": ["Query", "Query", "GetItem"],
    "all, with conditions that are none": ["Query"],
}
"""The requests of the lists that do not take one Query and one read of those who are found."""


@all_lists
async def test_a_page_is_one_query_and_one_batch_of_reads(counted_api: Api, proxy: CountingProxy, users: None) -> None:
    # The first request reads the state of the directory, too.
    await counted_api.data(USERS, SERVED["by name"][0])
    for what, (given, expected) in SERVED.items():
        proxy.reset()
        await counted_api.data(USERS, given)
        assert proxy.operations == REQUESTS.get(what, ["Query", "BatchGetItem" if len(expected) > 1 else "GetItem"]), (
            what
        )


@all_lists
async def test_a_page_of_a_search_is_read_at_once_even_if_its_first_ways_find_nobody(
    api: Api, counted_api: Api, proxy: CountingProxy, raw: RawTable, users: None
) -> None:
    for number in range(2):
        directory_rows.user(
            raw, api.table, f"v{number}", email=f"github:at-3{number}@example.com", name=f"Anna {number}"
        )
    await counted_api.data(USERS, SERVED["by name"][0])
    for text, size, found, requests in (
        ("a-", 2, ["u4", "u3"], ["Query", "BatchGetItem"]),
        ("a-5", 1, ["u4"], ["GetItem", "Query", "Query", "GetItem"]),
        ("ann", 2, ["u0", "u1"], ["Query", "Query", "BatchGetItem"]),
        ("ann", 5, ["u0", "u1", "u2", "v0", "v1"], ["Query", "Query", "BatchGetItem"]),
        ("github:at-3", 2, ["v0", "v1"], ["Query", "Query", "BatchGetItem"]),
        ("u4", 1, ["u4"], ["GetItem"]),
    ):
        proxy.reset()
        page = (await counted_api.data(USERS, {"first": size, "filter": {"search": text}}))["users"]
        assert (ids(page), proxy.operations) == (found, requests), text


async def test_each_partition_of_a_list_by_time_is_one_query(make_table: Any, proxy: CountingProxy) -> None:
    settings = make_table(directory_index=True, directory_lists=directory_rows.ALL, directory_shards=4)
    api = make_api(settings.model_copy(update={"dynamodb_endpoint_url": proxy.endpoint_url}))
    raw = RawTable(settings)
    with raw.together():
        for number in range(12):
            day = EARLY + timedelta(days=number)
            directory_rows.user(raw, api.table, f"u{number:02}", created=day, signed_in=day)
    expected = [f"u{number:02}" for number in range(12)]
    for field in ("CREATED_AT", "LAST_SIGN_IN_AT"):
        await api.data(USERS, {"order": {"field": field}})
        proxy.reset()
        assert ids((await api.data(USERS, {"order": {"field": field}}))["users"]) == expected
        assert proxy.operations == ["Query"] * 4 + ["BatchGetItem"]
        assert await pages(api, {"order": {"field": field, "direction": "DESC"}}, 5) == expected[::-1]


@all_lists
async def test_a_list_that_is_not_whole_says_so_in_every_answer_and_its_state_is_read_seldom(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = counted_api.table
    by_name, plain = (
        {"order": {"field": "NAME"}},
        "query($order: UserOrder) { users(orderBy: $order) { nodes { id } } }",
    )
    assert (await counted_api.data(USERS, by_name))["users"]["complete"] is False
    assert (await counted_api.answer(plain, by_name))["extensions"]["directory"] == {
        "incomplete": ["NAME"],
        "message": "The list `name` of the directory is not whole: the operator runs `python server.py directory "
        "build`.",
    }
    searched = await counted_api.answer(USERS, {"filter": {"search": "a"}})
    assert searched["extensions"]["directory"]["incomplete"] == ["EMAIL", "NAME"]
    assert "The lists `email` and `name` of the directory are not whole" in str(searched["extensions"]["directory"])
    for given in ({}, {"filter": {"provider": "github"}}, {"filter": {"contains": "a"}}):
        whole = await counted_api.answer(USERS, given)
        assert whole["data"]["users"]["complete"] is True
        assert "directory" not in whole["extensions"]
    assert proxy.operations.count("GetItem") == 2  # The state, and the user whose id is searched for.
    await _build(table, {DirectoryList.NAME: Built(EARLY, 1)})
    assert (await counted_api.data(USERS, by_name))["users"]["complete"] is False
    monkeypatch.setattr(counted_api.executor._service.wholeness, "_ends", 0.0)
    whole = await counted_api.answer(USERS, by_name)
    assert whole["data"]["users"]["complete"] is True
    assert "directory" not in whole["extensions"]
    assert wholeness.KEPT_SECONDS < 60


@all_lists
async def test_a_list_is_served_although_its_state_cannot_be_read(
    counted_api: Api, proxy: CountingProxy, users: None
) -> None:
    await _build(counted_api.table, {DirectoryList.NAME: Built(EARLY, 1)})
    proxy.fail_next("GetItem", "AccessDeniedException")
    for complete in (False, True):
        page = (await counted_api.data(USERS, {"order": {"field": "NAME"}}))["users"]
        assert (len(page["nodes"]), page["complete"]) == (5, complete)


MANY = 60
PAGED: list[dict[str, Any]] = [{"last": 5}, {"first": 5, "after": True}, {"last": 5, "before": True}]
"""Pages that are not read from the beginning."""


@pytest.mark.parametrize("several", [False, True], ids=["an-account-each", "two-accounts-each"])
async def test_a_page_by_provider_takes_a_bounded_number_of_queries_whoever_is_left_out(
    counted_api: Api, raw: RawTable, proxy: CountingProxy, several: bool
) -> None:
    with raw.together():
        for number in range(MANY):
            odd_rows.user(raw, f"u{number:02}", f"u{number}@example.com")
            for place in ("a", "b") if several else ("a",):
                odd_rows.account(raw, f"u{number:02}", "github", f"{place}{number:02}")
    by_provider = {"filter": {"provider": "github"}}
    edges = (await counted_api.data(USERS, by_provider | {"first": MANY}))["users"]["edges"]
    cursors = {"after": edges[0]["cursor"], "before": edges[-1]["cursor"]}
    for conditions in ({}, {"disabled": True}, {"disabled": False}, {"contains": "u59"}):
        for page in PAGED:
            span = {name: cursors[name] if value is True else value for name, value in page.items()}
            proxy.reset()
            answer = await counted_api.answer(USERS, {"filter": by_provider["filter"] | conditions} | span)
            looked_up = max(0, proxy.operations.count("Query") - 10)
            assert looked_up <= listing.LOOKED_UP * 5, (conditions, page)
            if conditions.get("disabled"):
                assert proxy.operations.count("Query") <= 10, "nobody is looked up who is left out anyway"
            assert answer["extensions"]["cost"]["requested"] >= looked_up
        expected = [f"u{number:02}" for number in range(MANY) if not conditions.get("disabled")]
        if "contains" in conditions:
            expected = ["u59"]
        for backward in (False, True):
            filter_ = {"filter": by_provider["filter"] | conditions}
            assert await some_pages(counted_api, filter_, 7, backward=backward) == expected, (conditions, backward)


async def some_pages(api: Api, given: dict[str, Any], size: int, *, backward: bool) -> list[str]:
    """The ids of all pages of a list, in its order, whether or not a page is full."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(100):
        span = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = (await api.data(USERS, given | span))["users"]
        found = [*ids(page), *found] if backward else [*found, *ids(page)]
        cursor = page["pageInfo"]["startCursor" if backward else "endCursor"]
        if not page["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]:
            return found
    raise AssertionError("the list does not end")


@all_lists
async def test_a_search_is_one_guess(api: Api, users: None) -> None:
    """It finds users by their account, which is a guess in a lookup, too."""
    program = api.acting_as(await key_with(api, "USERS_READ"))
    one = 'users(filter: {search: "github:at-1"}) { nodes { id } }'
    assert await program.codes(f"{{ {one} }}") == []
    assert await program.codes(f"{{ {one} again: {one} }}") == ["LIMIT_EXCEEDED"]


async def _build(table: Table, lists: dict[DirectoryList, Built]) -> None:
    await table.put(directory_state.item_of(table, DirectoryState(lists)))


@pytest.mark.parametrize("prefix", ["a", "az", "a\U0010ffff", "\ud7ff", "\uffff", "\U0010ffff"])
def test_the_end_of_those_who_begin_with_a_text_is_right_after_them(prefix: str) -> None:
    end = list_sections.after_all(prefix)
    if end is None:
        assert prefix.strip("\U0010ffff") == ""
        return
    assert end.encode() > (prefix + "\U0010ffff" * 9).encode()
    # Nothing else is in between, and the order is that of bytes.
    assert end.encode() > prefix.encode() > end[:-1].encode()
    assert not prefix.startswith(end)


async def test_every_list_is_served_under_custom_names(make_table: Any) -> None:
    settings = make_table(directory_index=True, directory_lists=directory_rows.ALL, **CUSTOM_NAMES)
    api, raw = make_api(settings), RawTable(settings)
    with raw.together():
        for number in range(5):
            day = EARLY + timedelta(days=number)
            facts: dict[str, Any] = {"email": f"{number}@example.com", "name": "Ann", "created": day, "signed_in": day}
            directory_rows.user(raw, api.table, f"u{number}", **facts)
            odd_rows.account(raw, f"u{number}", "github", f"{number}")
    lists: list[dict[str, Any]] = [{"order": {"field": one.name}} for one in user_lists.UserOrderField]
    for given in (*lists, {"filter": {"provider": "github"}}, {"filter": {"search": "ann"}}):
        assert await pages(api, given, 2) == [f"u{number}" for number in range(5)], given
