"""The API in process, as experiments call it."""

from tests.resolvers.conftest import api, counted_api

__all__ = ["api", "counted_api"]
