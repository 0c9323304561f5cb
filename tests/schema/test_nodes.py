"""The GraphQL type of a record is decided by its class."""

from datetime import UTC, datetime

import pytest

from dynamo import models
from schema.node import Node

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_what_is_no_node_has_no_type() -> None:
    with pytest.raises(KeyError):
        Node.resolve_type(models.VerificationToken("a", "t", NOW))
