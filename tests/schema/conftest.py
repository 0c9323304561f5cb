"""The executor over a fresh table and a person in it, as the tests of the resolvers have them."""

from tests.resolvers.conftest import ada, api, raw

__all__ = ["ada", "api", "raw"]
