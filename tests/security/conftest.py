"""The executor over a fresh table and two people in it, and a client of an application that answers greetings."""

from tests.resolvers.conftest import ada, api, bob, counted_api, raw
from tests.web.conftest import client, connect, greetings, npm, serve

__all__ = ["ada", "api", "bob", "client", "connect", "counted_api", "greetings", "npm", "raw", "serve"]
