"""What a mutation stores with a user is what the user's field of the same name says, also of a field that is new."""

from typing import Any

import pytest

from tests.api import Api
from tests.schema import walk

ACCOUNT = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
FIELDS = walk.facts_of_a_user("CreateUserInput")


async def stored(api: Api, field: str) -> Any:
    """What the user's field says."""
    return (await api.data(f'{{ user(by: {{userId: "ada"}}) {{ {field} }} }}'))["user"][field]


def test_what_a_user_is_created_with_can_be_changed() -> None:
    assert walk.facts_of_a_user("UpdateUserInput") == FIELDS


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_is_stored_changed_and_cleared(api: Api, field: str) -> None:
    await api.changed("createUser", "user { id }", userId="ada", **{field: FIELDS[field]})
    assert await stored(api, field) == FIELDS[field]
    await api.changed("updateUser", "user { id }", by={"userId": "ada"}, **{field: None})
    assert await stored(api, field) is None
    updated = await api.changed("updateUser", f"user {{ {field} }}", by={"userId": "ada"}, **{field: FIELDS[field]})
    assert updated["user"] == {field: FIELDS[field]}


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_is_registered_or_left_out(api: Api, field: str) -> None:
    await api.changed("registerUser", "user { id }", user={"userId": "ada", field: FIELDS[field]}, account=ACCOUNT)
    assert await stored(api, field) == FIELDS[field]
    others = {name: value for name, value in FIELDS.items() if name not in (field, "email")}
    another = ACCOUNT | {"providerAccountId": "2"}
    made = await api.changed("registerUser", f"user {{ {field} }}", user=others, account=another)
    assert made["user"] == {field: None}


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_is_no_custom_attribute(api: Api, field: str) -> None:
    """What a field shows is not shown again under the name it is stored by, and cannot be set past the field."""
    await api.changed("createUser", "user { id }", userId="ada", **{field: FIELDS[field]})
    data = await api.data('{ user(by: {userId: "ada"}) { attributes secretAttributes } }')
    assert data["user"] == {"attributes": {}, "secretAttributes": {}}
