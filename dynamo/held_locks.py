"""The locks that protect the values of a user, of their accounts and of their passkeys."""

from dynamo import keys, models, users
from dynamo.client import Table
from dynamo.item import Item


def of(table: Table, item: Item) -> list[str]:
    """The locks that protect an item's values. Another user may hold them."""
    sort: str = item[table.sort_key]
    if sort.startswith(keys.ACCOUNT):
        account = models.account(table, item)
        return [keys.account_lock(account.provider, account.provider_account_id)]
    if sort.startswith(keys.AUTHENTICATOR):
        return [keys.authenticator_lock(sort.removeprefix(keys.AUTHENTICATOR))]
    return users.email_locks(table, item) if sort == item[table.partition_key] else []
