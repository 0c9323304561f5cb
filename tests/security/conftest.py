"""The executor over a new table with two people in it, and a client of an application with a small schema."""

from tests.resolvers.conftest import ada, api, bob, counted_api, raw
from tests.web.conftest import client, connect, greetings, npm, serve

__all__ = ["ada", "api", "bob", "client", "connect", "counted_api", "greetings", "npm", "raw", "serve"]
