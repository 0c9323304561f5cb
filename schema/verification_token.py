"""Verification tokens as clients see them."""

from datetime import datetime

import strawberry

from resolvers.scopes import READ_SECRETS, WRITE_TOKENS
from schema.fields import attribute


@strawberry.type(description="A token sent to an identifier, usually an e-mail address, to be used once.")
class VerificationToken:
    """A VT item."""

    identifier: str = attribute("Whom it was sent to.", WRITE_TOKENS)
    expires: datetime = attribute("When it ends.", WRITE_TOKENS)
    expired: bool = attribute("Whether it has ended. It can then no longer be used.", WRITE_TOKENS)
    token: str | None = attribute("The token as Auth.js stores it, which is hashed.", READ_SECRETS)
