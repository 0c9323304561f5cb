"""People who have signed up, and programs with API keys, created through the API itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.api import Api

PROVIDER = "github"
SIGNED_UP = "user { id userId } account { id } session { id token }"


@dataclass(frozen=True, slots=True)
class Person:
    """A user with one account and one session. Ids are global unless stated otherwise."""

    name: str
    """The person's name, which is also their raw id."""
    id: str
    email: str
    account_id: str
    provider_account_id: str
    session_id: str
    token: str

    @property
    def account(self) -> dict[str, str]:
        """The account's key at its provider."""
        return {"provider": PROVIDER, "providerAccountId": self.provider_account_id}


async def sign_up(api: Api, name: str) -> Person:
    """Register a user with this name, an e-mail address, an account with tokens, and a session."""
    email, provider_account_id = f"{name}@example.com", f"{name}-at-{PROVIDER}"
    made = await api.changed(
        "registerUser",
        SIGNED_UP,
        user={"userId": name, "email": email, "name": name.title()},
        account={
            "provider": PROVIDER,
            "providerAccountId": provider_account_id,
            "type": "oauth",
            "accessToken": f"access-token-of-{name}",
            "refreshToken": f"refresh-token-of-{name}",
            "idToken": f"id-token-of-{name}",
        },
        session={},
    )
    return Person(
        name=name,
        id=made["user"]["id"],
        email=email,
        account_id=made["account"]["id"],
        provider_account_id=provider_account_id,
        session_id=made["session"]["id"],
        token=made["session"]["token"],
    )


async def passkey(api: Api, person: Person, credential_id: str, *, linked: bool = False) -> str:
    """Register a passkey of a person and, if wanted, the account that Auth.js links first. Returns its global id."""
    if linked:
        account = {"provider": "passkey", "providerAccountId": credential_id, "type": "webauthn"}
        await api.changed("linkAccount", "account { id }", user={"id": person.id}, **account)
    made = await api.changed("createAuthenticator", "authenticator { id }", **passkey_input(person.name, credential_id))
    id: str = made["authenticator"]["id"]
    return id


def passkey_input(user_id: str, credential_id: str) -> dict[str, object]:
    """A complete input of `createAuthenticator`, for one user, by raw id, and one credential."""
    return {
        "user": {"userId": user_id},
        "credentialId": credential_id,
        "providerAccountId": credential_id,
        "credentialPublicKey": "cHVibGlj",
        "counter": 0,
        "deviceType": "MULTI_DEVICE",
        "backedUp": True,
        "transports": ["internal", "hybrid"],
    }


async def key_with(api: Api, *scopes: str) -> str:
    """Create an API key with these scopes. Returns the whole key."""
    return (await api_key(api, scopes))[1]


async def api_key(api: Api, scopes: Sequence[str], **given: object) -> tuple[str, str]:
    """Create an API key. Returns its global id and the whole key."""
    given = {"name": "a program", **given}
    made = await api.changed("createApiKey", "apiKey { id } secret", scopes=scopes, **given)
    return made["apiKey"]["id"], made["secret"]


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The code and path of each of the `userErrors` of a payload, and of its rows if it has any."""
    errors = [*payload["userErrors"], *(error for row in payload.get("results") or () for error in row["userErrors"])]
    return [(error["code"], error["path"]) for error in errors]
