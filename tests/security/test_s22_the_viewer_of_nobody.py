"""S22: `viewer` is null for nobody, whatever is selected below it, and nothing is read for it."""

import pytest

from tests.api import Api
from tests.counting_proxy import CountingProxy
from tests.resolvers.people import Person, key_with

SELECTIONS = [
    "__typename",
    "user { id email accounts { nodes { provider } } } session { id }",
    "user { ...Theirs } } } fragment Theirs on User { disabled { reason } secretAttributes",
]


@pytest.mark.parametrize("selection", SELECTIONS)
async def test_s22_the_viewer_of_nobody_is_null_without_a_read(
    counted_api: Api, ada: Person, proxy: CountingProxy, selection: str
) -> None:
    proxy.reset()
    document = f"{{ caller {{ kind }} viewer {{ {selection} }} }}"
    if "fragment" in selection:
        document = f"{{ caller {{ kind }} viewer {{ {selection} }}"
    for _ in range(3):  # by the executor, and by a plan
        data = await counted_api.acting_as().data(document)
        assert data == {"caller": {"kind": "ANONYMOUS"}, "viewer": None}
    assert proxy.operations == []


async def test_s22_an_expired_cookie_is_nobodys(api: Api, ada: Person) -> None:
    nobody = api.acting_as(session_cookie="over")
    assert await nobody.data("{ viewer { user { id } } }") == {"viewer": None}


async def test_s22_beside_the_viewer_nobody_is_refused_as_ever(api: Api, ada: Person) -> None:
    """Also if a fragment selects the same fields in both places."""
    nobody = api.acting_as()
    name = "fragment Name on User { name }"
    for document in (
        '{ viewer { user { name } } user(by: {userId: "ada"}) { name } }',
        f'{{ viewer {{ user {{ ...Name }} }} user(by: {{userId: "ada"}}) {{ ...Name }} }} {name}',
        f'{{ user(by: {{userId: "ada"}}) {{ ...Name }} viewer {{ user {{ ...Name }} }} }} {name}',
    ):
        assert await nobody.codes(document) == ["UNAUTHENTICATED"]


async def test_s22_below_the_viewer_people_and_programs_need_what_they_needed(api: Api, ada: Person) -> None:
    document = "{ viewer { user { disabled { reason } } } }"
    assert await api.acting_as(ada.token).codes(document) == ["FORBIDDEN"]
    assert await api.acting_as(await key_with(api, "ACCOUNTS_READ")).codes(document) == ["FORBIDDEN"]
