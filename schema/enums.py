"""Enums of the resolvers as GraphQL ones. Each member describes itself."""

from enum import Enum
from typing import Protocol, cast

import strawberry

from dynamo.models import DeviceType
from resolvers.errors import ErrorCode
from resolvers.scopes import Scope
from resolvers.user_lists import OrderDirection, UserOrderField
from schema.internals import enum_values


class Described(Protocol):
    """A member of an enum that says what it means."""

    @property
    def description(self) -> str:
        """A sentence for the schema that says what the member means."""


def enum(members: type[Enum], description: str) -> None:
    """Declare an enum whose members have a `description` each; one without is an AttributeError."""
    for value, member in zip(
        enum_values(strawberry.enum(members, description=description)), list(members), strict=True
    ):
        value.description = cast(Described, member).description


enum(Scope, "A permission that an API key grants.")
enum(ErrorCode, "Why an input was rejected.")
enum(DeviceType, "Whether a passkey is bound to one device.")
enum(UserOrderField, "What users can be sorted by.")
enum(OrderDirection, "Which end of a sorted list comes first.")

__all__ = ["DeviceType", "ErrorCode", "OrderDirection", "Scope", "UserOrderField", "enum"]
