"""The API in process, as experiments ask it."""

from tests.resolvers.conftest import api, counted_api

__all__ = ["api", "counted_api"]
