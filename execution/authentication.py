"""Who is asking; and that nobody has DynamoDB read for credentials that they make up.

A credential that was not seen valid here lately is paid for by its address before anything is read for it, and gets its
price back when it proves valid. So what is used up is the allowance for failures, however many come at once; and
callers who are known go on when a stranger behind their address has used it up.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from dynamo.client import Table
from dynamo.errors import DynamoError
from execution.rate_limit import ProcessRateLimit, address_name, fingerprint
from execution.request import Credentials
from resolvers.api_key_secrets import looks_like_api_key
from resolvers.errors import Throttled, try_again
from resolvers.principal import BOOTSTRAP, NOBODY, Principal, is_bootstrap, person, program

KEPT: Final = 50_000
"""Fingerprints of valid credentials remembered in a process."""

Find = Callable[[Table, str], Awaitable[Principal | None]]


class InvalidBearer(Exception):
    """Somebody presents a bearer token that is not valid (RFC 6750 §3.1); `message` is shown to them."""

    def __init__(self, bearer: str) -> None:
        self.message = (
            "The API key is unknown, expired or revoked."
            if looks_like_api_key(bearer)
            else "The bearer token is unknown, expired or revoked. It is neither a valid API key nor the token "
            "of a valid session."
        )
        super().__init__(self.message)


class Authentication:
    """Finds callers. `failures` is how many credentials of an address may prove invalid in a minute, None for any."""

    def __init__(self, admin_keys: Sequence[str], failures: ProcessRateLimit | None = None) -> None:
        self._admin_keys = admin_keys
        self._failures = failures
        self._valid: OrderedDict[bytes, str] = OrderedDict()
        """By the fingerprint of a credential, what its caller is counted by."""

    def recognised(self, credentials: Credentials) -> str | None:
        """What somebody is counted by whose credentials were valid here lately; nothing is read to find out.

        It says who pays, and grants nothing.
        """
        bearer = credentials.bearer
        if bearer is not None:
            if is_bootstrap(bearer, self._admin_keys):
                return _counted(BOOTSTRAP)
            return self._valid.get(fingerprint(bearer))
        names = (self._valid.get(fingerprint(token)) for token in credentials.session_cookies)
        return next((name for name in names if name is not None), None)

    async def principal(self, table: Table, credentials: Credentials, *, whole_partition: bool = False) -> Principal:
        """Who presents these credentials: for a bearer token somebody, else the first session cookie that is valid.

        Without any it is nobody: a browser keeps sending a cookie whose session has ended. Raises `InvalidBearer`,
        and `Throttled` where too many credentials of the address were not valid. `whole_partition` reads the person's
        accounts and sessions along, for an operation that will ask for them.
        """

        async def signed_in(table: Table, token: str) -> Principal | None:
            return await person(table, token, whole_partition=whole_partition)

        bearer = credentials.bearer
        if bearer is not None:
            if is_bootstrap(bearer, self._admin_keys):
                return BOOTSTRAP
            find = program if looks_like_api_key(bearer) else signed_in
            found = await self._prove(table, bearer, credentials.address, find)
            if found is None:
                raise InvalidBearer(bearer)
            return found
        for token in credentials.session_cookies:
            found = await self._prove(table, token, credentials.address, signed_in)
            if found is not None:
                return found
        return NOBODY

    async def _prove(self, table: Table, credential: str, address: str, find: Find) -> Principal | None:
        """Look a credential up, once its address has paid for it."""
        known = fingerprint(credential)
        if known in self._valid or self._failures is None:
            found = await find(table, credential)
            self._note(known, found)
            return found
        name = address_name(address)
        allowance = await self._failures.take(name, 1)
        if allowance.retry_after is not None:
            raise Throttled(
                f"Too many invalid credentials came from this IP address; {try_again(allowance.retry_after)}.",
                allowance.retry_after,
            )
        try:
            found = await find(table, credential)
        except DynamoError:
            # Nobody knows whether it is valid: an outage uses up no allowance.
            self._failures.give_back(name, 1)
            raise
        if found is not None:
            self._failures.give_back(name, 1)
        self._note(known, found)
        return found

    def _note(self, known: bytes, found: Principal | None) -> None:
        """Remember a credential that is valid, and forget one that is so no longer."""
        if found is None:
            self._valid.pop(known, None)
        elif known in self._valid:
            self._valid.move_to_end(known)
        else:
            self._valid[known] = _counted(found)
            if len(self._valid) > KEPT:
                self._valid.popitem(last=False)


def _counted(principal: Principal) -> str:
    """A caller's name, at a fixed length."""
    return f"caller:{fingerprint(principal.name or '').hex()}"
