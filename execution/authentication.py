"""Authentication of callers, with a limit on failures, so that made-up credentials cannot cause reads without end.

A credential that was not recently found valid is charged to its IP address before anything is read for it, and refunded
if it is valid. So only failures use up the allowance, however many requests arrive at once. Callers whose credentials
are known can continue when a stranger at the same address has used it up.
"""

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from dynamo.client import Table
from dynamo.errors import DynamoError
from execution.rate_limit import ProcessRateLimit, address_name, fingerprint
from execution.request import Credentials
from resolvers.api_key_secrets import looks_like_api_key
from resolvers.errors import Throttled, try_again
from resolvers.jwt_cookies import JwtCookie
from resolvers.principal import BOOTSTRAP, NOBODY, Principal, is_bootstrap, person, person_named, program

if TYPE_CHECKING:
    from resolvers.session_jwts import SessionJwts

logger = logging.getLogger("authgraph")

NO_SECRET: Final = (
    "A browser sent a JWT session, which signs nobody in: set AUTHGRAPH_AUTH_SECRET to the secret of your Auth.js app. "
    "This message is logged once."
)

KEPT: Final = 50_000
"""How many fingerprints of valid credentials a process remembers."""

Find = Callable[[], Awaitable[Principal | None]]
"""Looks up the caller that a credential belongs to."""


class InvalidBearer(Exception):
    """The bearer token of a request is not valid (RFC 6750 §3.1). `message` is shown to the caller."""

    def __init__(self, bearer: str) -> None:
        self.message = (
            "The API key is unknown, expired or revoked."
            if looks_like_api_key(bearer)
            else "The bearer token is unknown, expired or revoked. It is neither a valid API key nor the token "
            "of a valid session."
        )
        super().__init__(self.message)


class Authentication:
    """Finds callers.

    `failures` limits the invalid credentials of an IP address per minute; None for no limit. Without `session_jwts`,
    JWTs are ignored.
    """

    def __init__(
        self,
        admin_keys: Sequence[str],
        failures: ProcessRateLimit | None = None,
        session_jwts: "SessionJwts | None" = None,
    ) -> None:
        self._admin_keys = admin_keys
        self._failures = failures
        self._session_jwts = session_jwts
        self._missed_secret = False
        self._valid: OrderedDict[bytes, str] = OrderedDict()
        """The name for rate limits of each caller, by the fingerprint of their credential."""

    def recognised(self, credentials: Credentials) -> str | None:
        """The name for rate limits of a caller whose credentials were recently valid; None for others. Nothing is read.

        The name decides who is charged. It grants nothing.
        """
        bearer = credentials.bearer
        if bearer is not None:
            if is_bootstrap(bearer, self._admin_keys):
                return _counted(BOOTSTRAP)
            return self._valid.get(fingerprint(bearer))
        names = (self._valid.get(_fingerprint(cookie)) for cookie in credentials.session_cookies)
        return next((name for name in names if name is not None), None)

    async def principal(self, table: Table, credentials: Credentials, *, whole_partition: bool = False) -> Principal:
        """The caller with these credentials: that of the bearer token if there is one, otherwise of the first valid
        session cookie.

        Without a valid cookie, the caller is anonymous, because browsers keep sending cookies of expired sessions.
        Raises `InvalidBearer`, and `Throttled` if the address sent too many invalid credentials. `whole_partition` also
        reads the person's accounts and sessions, for an operation that selects them.
        """
        bearer = credentials.bearer
        if bearer is not None:
            if is_bootstrap(bearer, self._admin_keys):
                return BOOTSTRAP
            find: Find = partial(person, table, bearer, whole_partition=whole_partition)
            if looks_like_api_key(bearer):
                find = partial(program, table, bearer)
            found = await self._prove(fingerprint(bearer), credentials.address, find)
            if found is None:
                raise InvalidBearer(bearer)
            return found
        for cookie in credentials.session_cookies:
            if isinstance(cookie, str):
                find = partial(person, table, cookie, whole_partition=whole_partition)
            elif self._session_jwts is not None:
                find = partial(_named_by, self._session_jwts, table, cookie, whole_partition=whole_partition)
            else:
                self._miss_secret()
                continue
            found = await self._prove(_fingerprint(cookie), credentials.address, find)
            if found is not None:
                return found
        return NOBODY

    async def _prove(self, known: bytes, address: str, find: Find) -> Principal | None:
        """Look up a credential with this fingerprint, after charging its address."""
        if known in self._valid or self._failures is None:
            found = await find()
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
            found = await find()
        except DynamoError:
            # It may be valid, so a failure of DynamoDB is not charged.
            self._failures.give_back(name, 1)
            raise
        if found is not None:
            self._failures.give_back(name, 1)
        self._note(known, found)
        return found

    def _miss_secret(self) -> None:
        """Tell the operator, to whom the app's people are just anonymous."""
        if not self._missed_secret:
            self._missed_secret = True
            logger.warning(NO_SECRET)

    def _note(self, known: bytes, found: Principal | None) -> None:
        """Remember a credential that is valid, and forget one that is not valid any more."""
        if found is None:
            self._valid.pop(known, None)
        elif known in self._valid:
            self._valid.move_to_end(known)
        else:
            self._valid[known] = _counted(found)
            if len(self._valid) > KEPT:
                self._valid.popitem(last=False)


async def _named_by(
    session_jwts: "SessionJwts", table: Table, cookie: JwtCookie, *, whole_partition: bool
) -> Principal | None:
    """The person whom a JWT names; None if it is not valid, or they may not sign in."""
    named = session_jwts.named(cookie)
    return None if named is None else await person_named(table, named, whole_partition=whole_partition)


def _fingerprint(cookie: str | JwtCookie) -> bytes:
    """The fingerprint of a session cookie. The same JWT may be valid under one name only."""
    return fingerprint(cookie if isinstance(cookie, str) else f"{cookie.name}={cookie.jwt}")


def _counted(principal: Principal) -> str:
    """The name of a caller for rate limits, at a fixed length."""
    return f"caller:{fingerprint(principal.payer or '').hex()}"
