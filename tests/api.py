"""A client of the executor in process: everything that happens to an operation, except HTTP."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLSchema

from dynamo.client import Table
from dynamo.last_seen import LastSeen
from dynamo.settings import TableSettings
from execution.executor import Executor, Policy
from execution.request import Credentials, GraphQLRequest, Outcome
from execution.settings import Limits
from resolvers.context import Service
from resolvers.cursors import Cursors
from resolvers.global_ids import GlobalIds
from resolvers.jwt_cookies import JwtCookie
from resolvers.session_jwts import SessionJwts
from resolvers.settings import SelfService
from resolvers.table_state import TableStates
from schema.build import GRAPHQL_SCHEMA

ADMIN_KEY = "an-administrator-key-that-only-tests-know"
SECRET = "a-secret-for-ids-and-cursors-that-only-tests-know"
USUAL_POLICY = Policy(Limits(_env_file=None))
"""The default limits. It takes longer to read the settings than to execute a short operation."""


@dataclass(frozen=True, slots=True)
class Api:
    """Sends operations, by default as an administrator."""

    table: Table
    executor: Executor
    credentials: Credentials = field(default_factory=lambda: Credentials(bearer=ADMIN_KEY))

    def acting_as(self, bearer: str | None = None, *, session_cookie: str | JwtCookie | None = None) -> "Api":
        """The same API with other credentials; without any, the caller is anonymous."""
        cookies = () if session_cookie is None else (session_cookie,)
        return Api(self.table, self.executor, Credentials(bearer, cookies))

    async def send(self, query: str, variables: Mapping[str, Any] | None = None, **request: Any) -> Outcome:
        """Execute an operation, and return the outcome with its undecoded body."""
        return await self.executor(GraphQLRequest(query, variables=variables, **request), self.credentials)

    async def answer(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The whole response as JSON, errors included."""
        answer: dict[str, Any] = orjson.loads((await self.send(query, variables)).body)
        return answer

    async def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        answer = await self.answer(query, variables)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def codes(self, query: str, variables: Mapping[str, Any] | None = None) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in (await self.answer(query, variables)).get("errors", [])]

    async def change(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        """The payload of one mutation with this input, `userErrors` included."""
        name = mutation[0].upper() + mutation[1:]
        document = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
        payload: dict[str, Any] = (await self.data(document, {"input": given}))[mutation]
        return payload

    async def changed(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation that must be accepted."""
        payload = await self.change(mutation, selection, **given)
        assert payload["userErrors"] == [], payload
        return payload


USER_ERRORS = "userErrors { code message path }"


def make_api(
    settings: TableSettings,
    policy: Policy | None = None,
    *,
    ids: GlobalIds | None = None,
    session_jwts: SessionJwts | None = None,
    max_sessions: int | None = None,
    last_seen: LastSeen | None = None,
    self_service: Collection[SelfService] = (),
    table_states: TableStates | None = None,
    schema: GraphQLSchema = GRAPHQL_SCHEMA,
    **visible: Collection[str],
) -> Api:
    """An API over a table; `visible` names custom attributes that people see, as `Service` does."""
    table = Table.connect(settings)
    service = Service(
        table,
        ids or GlobalIds([SECRET]),
        Cursors([SECRET]),
        (ADMIN_KEY,),
        session_jwts=session_jwts,
        max_sessions=max_sessions,
        last_seen=last_seen,
        self_service=self_service,
        table_states=table_states,
        **visible,  # type: ignore[arg-type]
    )
    return Api(table, Executor(schema, service, policy or USUAL_POLICY))
