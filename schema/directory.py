"""The directory as clients see it: its lists, and whether they are whole."""

from datetime import datetime

import strawberry

from dynamo.directory_lists import DirectoryList
from resolvers.scopes import READ_USERS
from schema.enums import enum
from schema.fields import attribute
from schema.scalars import BigInt

enum(DirectoryList, "A list of the directory.")


@strawberry.type(description="A list of the directory, and whether it is whole.")
class DirectoryListState:
    """Its fields are read from `resolvers.directory.ListState`."""

    list: DirectoryList = attribute("The list.", READ_USERS)
    complete: bool = attribute(
        "Whether the list has all its users, except those whom the official adapter has written since `builtAt`.",
        READ_USERS,
    )
    built_at: datetime | None = attribute(
        "When the build began that made the list whole. Null if it is not whole: an operator runs "
        "`python server.py directory build`.",
        READ_USERS,
    )


@strawberry.type(description="The directory, which lists users in several orders without a scan.")
class Directory:
    """Its fields are read from `resolvers.directory.Directory`."""

    complete: bool = attribute("Whether all lists are whole. False if no list is kept.", READ_USERS)
    built_at: datetime | None = attribute(
        "When the oldest of the builds began that made the lists whole. Null unless all are whole.", READ_USERS
    )
    lists: list[DirectoryListState] = attribute("The lists that the settings keep.", READ_USERS)


@strawberry.type(description="The number of users at a time.")
class UserCount:
    """Its fields are read from `resolvers.directory.UserCount`."""

    value: BigInt = attribute("The number of users who were counted.", READ_USERS)
    counted_at: datetime = attribute("When they were counted.", READ_USERS)
