"""The audit log: an entry for every change, stored in the same transaction as the change.

An entry is an item of its own, under `AUDIT#<shard>` and a sort key that begins with the time. So the whole log is one
Query for each shard, newest first. Its keys in the adapter's index are those of the user whom it concerns, so that
their entries need no scan: `ACTIVITY#<user>` for what the user sees, and `AUDIT#<user>` for the rest. If both were one
partition, the size of a page or its read units would tell people that others have changed their user. It has no `id`,
so the directory index does not contain it.

It says which fields were changed, never what they contain. DynamoDB's time to live deletes it.
"""

import os
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from dynamo import format, keys, models
from dynamo.act import PERSON, Act
from dynamo.client import Table, TransactWriteItem
from dynamo.item import Item

SHARDS: Final = 4
"""How many partitions the log is spread over. DynamoDB takes 1,000 write units a second in a partition, and an entry
takes two, so this many take 2,000 entries a second."""
ID_BYTES: Final = 8
MOST_NAMES_BYTES: Final = 512
"""The most bytes of names in one entry, so that it stays below 1 KB."""
LONGEST_NAME: Final = 100
"""The most characters that are kept of the name of an API key."""
OURS: Final = models.USER_ATTRIBUTES | models.ACCOUNT_ATTRIBUTES | models.SESSION_ATTRIBUTES
"""The attributes of users, accounts and sessions that have fields of their own."""
SIGN_INS: Final = frozenset(("createSession", "registerUser"))
"""The mutations that sign a user in. Users see these entries, whoever made the request."""
KEPT: Final = 128
"""How many sets of our own attributes are kept in order."""
MORE: Final = "…"
"""Stands for the names that did not fit."""
UNTOLD: Final = frozenset(("id", "userId", "type", "secretHash", "createdAt", "lastSignInAt"))
"""Attributes that are no field that a caller sets."""


def entries(
    table: Table, user_id: str | None, changed: Iterable[str] = (), *, impersonator: str | None = None
) -> list[TransactWriteItem]:
    """The entry to store in the transaction of a change; nothing if nobody acts, or if the log is switched off.

    `user_id` is the user whom the change concerns; None for what belongs to nobody. `changed` are stored attributes.
    `impersonator` is who can act as the user from now on.
    """
    act = table.act
    if act is None:
        return []
    now, entry_id = datetime.now(UTC), os.urandom(ID_BYTES).hex()
    place = f"{format.iso(now)}#{entry_id}"
    item: Item = {
        **table.key(keys.audit_shard(int(entry_id, 16) % SHARDS), place),
        "type": "AUDIT",
        "action": act.action,
        "actor": act.actor,
        "requestId": act.request_id,
        "address": act.address,
        "changed": _names(table, act, changed),
        "expires": format.epoch_seconds(now + timedelta(days=table.audit_days)),
    }
    if act.actor_name is not None:
        item["actorName"] = act.actor_name[:LONGEST_NAME]
    impersonator = act.impersonator or impersonator
    if impersonator is not None:
        item["impersonator"] = impersonator
    if user_id is not None:
        is_seen = act.action in SIGN_INS or (act.actor == PERSON + user_id and act.impersonator is None)
        partition = keys.activity_of(user_id) if is_seen else keys.audit_of(user_id)
        item |= {"target": user_id, **table.index_keys(partition, place)}
    return [table.put_operation(item)]


def _names(table: Table, act: Act, changed: Iterable[str]) -> Sequence[str]:
    names = frozenset(changed) - table.key_attributes - UNTOLD
    if names <= OURS:
        return _fitting_of_ours(names)
    fitting = _fitting(names)
    told = act.told([name for name in fitting if name not in OURS])
    return [name for name in fitting if name in OURS or name in told or name == MORE]


def _fitting(names: Collection[str]) -> Sequence[str]:
    """As many names as fit in an entry, in order. Attributes of an app come last, so that they never crowd out what
    matters."""
    fitting: list[str] = []
    room = MOST_NAMES_BYTES
    for name in sorted(names, key=lambda name: (name not in OURS, name)):
        room -= len(name.encode())
        if room < 0:
            fitting.append(MORE)
            break
        fitting.append(name)
    return tuple(fitting)


_fitting_of_ours = lru_cache(KEPT)(_fitting)
"""`_fitting`, kept for our own attributes: most mutations change only these."""
