"""S25: tokens are in no response except in their own field with its scope. (Logs have tests of their own.)"""

from collections.abc import Iterator

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type

from resolvers.scopes import Scope
from schema.fields import declared
from tests.api import Api
from tests.resolvers.people import Person, key_with
from tests.schema import walk

CANARY = "canary-7f3a"
EVERYTHING = """{
  users { nodes {
    id userId name email emailVerified image attributes disabled { at until reason }
    accounts { edges { cursor node { id provider providerAccountId type scope tokenType expiresAt sessionState } } }
    sessions(includeExpired: true) { edges { cursor node { id expires expired current attributes } } }
    authenticators { nodes { id credentialId providerAccountId counter deviceType backedUp transports } }
  } pageInfo { startCursor endCursor } }
}"""
TOKENS = f'verificationTokens(identifier: "{CANARY}@example.com") {{ identifier expires expired }}'


@pytest.fixture
async def stored(api: Api) -> None:
    """A user, an account, a session and a verification token whose secrets all contain the canary."""
    secrets = {name: f"{CANARY}-{name}" for name in ("accessToken", "refreshToken", "idToken")}
    await api.changed(
        "registerUser",
        "user { id }",
        user={"userId": "ada"},
        account={"provider": "github", "providerAccountId": "1", "type": "oauth", **secrets},
        session={"sessionToken": f"{CANARY}-session"},
    )
    token = {"identifier": f"{CANARY}@example.com", "token": f"{CANARY}-token", "expires": "2037-01-01T00:00:00Z"}
    await api.changed("createVerificationToken", "verificationToken { expires }", **token)


async def test_a_program_without_the_scope_sees_no_secret_in_anything_it_may_ask(api: Api, stored: None) -> None:
    program = api.acting_as(await key_with(api, "ADAPTER"))
    body = (await program.send(EVERYTHING)).body
    assert b'"errors"' not in body
    assert CANARY.encode() not in body
    tokens = (await program.send(f"{{ {TOKENS} }}")).body
    assert tokens.count(CANARY.encode()) == 1, "the identifier alone"


async def test_a_person_sees_no_secret_of_their_own(api: Api, stored: None) -> None:
    asking = api.acting_as(f"{CANARY}-session")
    document = """{ viewer { session { id current attributes } user {
      id attributes accounts { edges { cursor node { id } } } sessions { edges { cursor node { id attributes } } }
    } } }"""
    body = (await asking.send(document)).body
    assert b'"errors"' not in body
    assert CANARY.encode() not in body


@pytest.mark.parametrize(
    ("document", "secret"),
    [
        ("{ users { nodes { accounts { nodes { tokens { accessToken refreshToken idToken } } } } } }", "accessToken"),
        ("{ users { nodes { sessions { nodes { token } } } } }", "session"),
        (f'{{ verificationTokens(identifier: "{CANARY}@example.com") {{ token }} }}', "token"),
    ],
)
async def test_the_scope_for_secrets_shows_them(api: Api, stored: None, document: str, secret: str) -> None:
    """Otherwise their absence above would prove nothing."""
    assert f"{CANARY}-{secret}".encode() in (await api.send(document)).body


class TestTokenOfANewSession:
    """`Session.token` without `secrets:read`: only for the session that the same request created."""

    async def test_who_makes_a_session_is_given_its_token(self, api: Api, ada: Person) -> None:
        program = api.acting_as(await key_with(api, "SESSIONS_WRITE", "SESSIONS_READ"))
        made = await program.changed("createSession", "session { token expires }", user={"id": ada.id})
        assert (await api.acting_as(made["session"]["token"]).data("{ caller { kind } }")) == {
            "caller": {"kind": "PERSON"}
        }

    async def test_a_registration_gives_the_token_of_its_session(self, api: Api) -> None:
        program = api.acting_as(await key_with(api, "ADAPTER"))
        account = {"provider": "github", "providerAccountId": "1", "type": "oauth"}
        made = await program.changed("registerUser", "session { token }", user={}, account=account, session={})
        assert made["session"]["token"]

    @pytest.mark.parametrize(
        "selection",
        [
            "session { user { sessions { nodes { token } } } }",
            "session { user { ...Theirs } } } } fragment Theirs on User { sessions { edges { node { token",
        ],
    )
    async def test_the_tokens_of_other_sessions_stay_hidden(self, api: Api, ada: Person, selection: str) -> None:
        program = api.acting_as(await key_with(api, "ADAPTER"))
        opened = f'mutation {{ createSession(input: {{user: {{userId: "ada"}}}}) {{ {selection} }} }}'
        document = opened + " }" * (opened.count("{") - opened.count("}"))
        assert await program.codes(document) == ["FORBIDDEN"]
        assert (await api.data('{ user(by: {userId: "ada"}) { sessions { nodes { id } } } }'))["user"] == {
            "sessions": {"nodes": [{"id": ada.session_id}]}
        }

    @pytest.mark.parametrize("mutation", ["updateSession", "deleteSession"])
    async def test_no_other_change_shows_a_token(self, api: Api, ada: Person, mutation: str) -> None:
        program = api.acting_as(await key_with(api, "ADAPTER"))
        document = f"mutation($id: ID!) {{ {mutation}(input: {{by: {{id: $id}}}}) {{ session {{ token }} }} }}"
        assert await program.codes(document, {"id": ada.session_id}) == ["FORBIDDEN"]

    async def test_a_fragment_used_for_a_new_and_for_a_stored_session_counts_twice(self, api: Api, ada: Person) -> None:
        program = api.acting_as(await key_with(api, "ADAPTER"))
        document = """mutation($id: ID!) {
          createSession(input: {user: {userId: "ada"}}) { session { ...Token } }
          deleteSession(input: {by: {id: $id}}) { session { ...Token } }
        } fragment Token on Session { token }"""
        assert await program.codes(document, {"id": ada.session_id}) == ["FORBIDDEN"]

    async def test_no_other_secret_of_a_payload_is_shown(self, api: Api) -> None:
        program = api.acting_as(await key_with(api, "ADAPTER"))
        open_to_program = set()
        for mutation, field in walk.roots("Mutation").items():
            if Scope.ADMIN in declared(field).requires.scopes:
                continue
            for path in secrets_in(field):
                document = walk.document("Mutation", mutation).replace("__typename", f"__typename {path}")
                if await program.codes(document, walk.given(field)) != ["FORBIDDEN"]:
                    open_to_program.add(f"{mutation} {path}")
        assert open_to_program == {
            "createSession session { token }",
            "registerUser session { token }",
            "rotateSession session { token }",
        }


def secrets_in(mutation: GraphQLField) -> Iterator[str]:
    """The selections of a secret in an object of the mutation's payload."""
    for name, part in walk.output_fields(mutation.type).items():
        kind = get_named_type(part.type)
        for secret, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            if Scope.SECRETS_READ in declared(field).requires.scopes:
                yield f"{name} {{ {secret} {walk.selection(field.type)}".rstrip() + " }"
