"""The executor over a new table with a person in it, as in the tests of the resolvers."""

from tests.resolvers.conftest import ada, api, raw

__all__ = ["ada", "api", "raw"]
