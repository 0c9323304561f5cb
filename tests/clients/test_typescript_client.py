"""The Auth.js adapter of clients/typescript against a running server."""

from collections.abc import Mapping

from tests.clients.conftest import Npm

PACKAGE = "clients/typescript"
SECRETS = "test/secrets.test.ts"


def test_its_operations_fit_the_schema(npm: Npm) -> None:
    """The generated code is what would be generated from schema.graphql now."""
    npm(PACKAGE, "run", "codegen:check")


def test_its_types_hold(npm: Npm) -> None:
    """Sources and tests type-check in strict mode."""
    npm(PACKAGE, "run", "typecheck")


def test_its_suite_passes(npm: Npm, server: Mapping[str, str]) -> None:
    """Every method, whole sign-ins, the official adapter on the same table, and the packed package."""
    npm(PACKAGE, "test", "--", f"--exclude={SECRETS}", **server)


def test_s59_no_error_of_it_holds_a_key_or_a_password(npm: Npm) -> None:
    """For errors of settings, of the network, of the server and of GraphQL. It needs no server of ours."""
    npm(PACKAGE, "test", "--", SECRETS)
