"""Verification tokens as clients see them."""

from datetime import datetime

import strawberry

from resolvers.scopes import READ_SECRETS, WRITE_TOKENS
from schema.fields import attribute


@strawberry.type(description="A one-time token that was sent to an identifier, usually an e-mail address.")
class VerificationToken:
    """A VT item of the table, read from `models.VerificationToken`."""

    identifier: str = attribute("The identifier that the token was sent to.", WRITE_TOKENS)
    expires: datetime = attribute("When the token expires.", WRITE_TOKENS)
    expired: bool = attribute("Whether the token has expired. An expired token cannot be used.", WRITE_TOKENS)
    token: str | None = attribute(
        "The token as stored. Auth.js stores a hash of the token that it sends.", READ_SECRETS
    )
