"""The executor over a fresh table and two people in it, as the tests of the resolvers have them."""

from tests.resolvers.conftest import ada, api, bob, counted_api, raw

__all__ = ["ada", "api", "bob", "counted_api", "raw"]
