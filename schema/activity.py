"""Sign-ups and sign-ins by day, as clients see them."""

from datetime import datetime

import strawberry

from resolvers.scopes import READ_AUDIT, READ_USERS
from schema.fields import attribute
from schema.scalars import BigInt


@strawberry.type(description="The number of users who were created on a day.")
class SignUpDay:
    """Its fields are read from `dynamo.activity.DayCount`."""

    start: datetime = attribute("The beginning of the day in UTC.", READ_USERS)
    count: BigInt | None = attribute("How many there were. Null if reading ended before this day.", READ_USERS)


@strawberry.type(description="Sign-ups by day.")
class SignUps:
    """Its fields are read from `resolvers.activity.Activity`."""

    days: list[SignUpDay] = attribute("The days, oldest first. The last one is today.", READ_USERS)
    complete: bool = attribute(
        "Whether the list `created` of the directory is whole. False until `python server.py directory build` has "
        "filled it: then users are missing.",
        READ_USERS,
    )


@strawberry.type(description="The number of sign-ins on a day.")
class SignInDay:
    """Its fields are read from `dynamo.activity.DayCount`."""

    start: datetime = attribute("The beginning of the day in UTC.", READ_AUDIT)
    count: BigInt | None = attribute(
        "How many there were. Null if reading ended before this day, or if the audit log is not kept so long.",
        READ_AUDIT,
    )


@strawberry.type(description="Sign-ins by day.")
class SignIns:
    """Its fields are read from `resolvers.activity.Activity`."""

    days: list[SignInDay] = attribute("The days, oldest first. The last one is today.", READ_AUDIT)
