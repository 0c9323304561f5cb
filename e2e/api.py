"""The authgraph server that all apps share."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.processes import ADMIN_KEY, SECRET_KEY, Served, serving

USER: Final = """
query ($email: String!) {
  user(by: { email: $email }) {
    userId
    name
    emailVerified
    accounts { nodes { provider providerAccountId } }
    sessions { nodes { id } }
  }
}
"""
CREATE_KEY: Final = """
mutation ($name: String!) {
  createApiKey(input: { name: $name, scopes: [ADAPTER] }) { secret userErrors { message } }
}
"""
DISABLE: Final = (
    "mutation ($id: ID!) { result: disableUser(input: { by: { userId: $id } }) { userErrors { message } } }"
)
ENABLE: Final = "mutation ($id: ID!) { result: enableUser(input: { by: { userId: $id } }) { userErrors { message } } }"


class Api:
    """A server that can go away, and comes back at the same address."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._settings = {"AUTHGRAPH_ADMIN_KEY": ADMIN_KEY, "AUTHGRAPH_SECRET_KEY": SECRET_KEY} | settings
        self._running = ExitStack()
        self._served: Served | None = None

    @property
    def url(self) -> str:
        """The address that apps are given."""
        assert self._served is not None
        return f"{self._served.url}/graphql"

    def start(self) -> None:
        """Start the server, at the address that it had before."""
        if self._served is not None:
            self._settings["AUTHGRAPH_PORT"] = str(urlsplit(self._served.url).port)
        self._served = self._running.enter_context(serving(self._folder, **self._settings))

    def stop(self) -> None:
        """End the server; its data stay in the engine."""
        self._running.close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """While nobody answers at the address."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def create_key(self, name: str) -> str:
        """A key as the README of the adapter asks for."""
        key: str = self._data(CREATE_KEY, name=name)["createApiKey"]["secret"]
        return key

    def user(self, email: str) -> dict[str, Any]:
        """The user with the address, with accounts and sessions."""
        user: dict[str, Any] | None = self._data(USER, email=email)["user"]
        assert user is not None, f"Nobody has the address {email}"
        return user

    def disable(self, email: str) -> None:
        """Disable the user with the address."""
        self._change(DISABLE, email)

    def enable(self, email: str) -> None:
        """Let the user with the address sign in again."""
        self._change(ENABLE, email)

    def _change(self, mutation: str, email: str) -> None:
        result = self._data(mutation, id=self.user(email)["userId"])["result"]
        assert result["userErrors"] == []

    def _data(self, query: str, **variables: Any) -> dict[str, Any]:
        assert self._served is not None
        return self._served.data(query, **variables)
