"""What ends "never" ends in the last second there is."""

from typing import Any

import pytest

from tests.api import Api
from tests.resolvers.people import Person

NEVER = "9999-12-31T23:59:59.000Z"
ENDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "createSession": ("session { expires }", {"user": {"userId": "ada"}}, "expires"),
    "updateSession": ("session { expires }", {}, "expires"),
    "createVerificationToken": ("verificationToken { expires }", {"identifier": "a", "token": "t"}, "expires"),
    "disableUser": ("user { disabled { until } }", {"by": {"userId": "ada"}}, "until"),
    "createApiKey": ("apiKey { expires }", {"name": "app", "scopes": ["USERS_READ"]}, "expires"),
}


@pytest.mark.parametrize("mutation", ENDS)
async def test_the_end_of_the_calendar_is_a_date(api: Api, ada: Person, mutation: str) -> None:
    selection, given, field = ENDS[mutation]
    if mutation == "updateSession":
        given = {"by": {"id": ada.session_id}}
    made = await api.changed(mutation, selection, **given, **{field: NEVER})
    ((_, inner),) = ((name, value) for name, value in made.items() if name != "userErrors")
    if mutation == "disableUser":
        inner = inner["disabled"]
    assert inner[field] == NEVER
    if mutation == "updateSession":
        data = await api.data('{ user(by: {userId: "ada"}) { sessions { nodes { expires expired } } } }')
        assert data["user"]["sessions"]["nodes"] == [{"expires": NEVER, "expired": False}]
