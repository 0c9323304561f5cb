"""The input field that makes a mutation safe to repeat."""

from typing import Any, Final

from resolvers.repetition import LONGEST_KEY
from schema.inputs import optional

KEY: Final = "At least 16 printable ASCII characters without spaces, such as a UUID. Use a new key for each {object}."
CREATES: Final = (
    "Makes the mutation safe to repeat for ten minutes: if you send it again with the same key and input, nothing is "
    "created twice, and the payload is the same. The same key with other input is rejected with `INVALID`. "
)
USES: Final = (
    "Makes the mutation safe to repeat: if you send it again with the same key, identifier and token, you get the "
    "token again, until it would have expired. "
)
ROTATES: Final = (
    "Makes the mutation safe to repeat: if you send it again with the same key and input, you get the session with the "
    "same new token, as long as it is stored. "
)
DELETES: Final = (
    "Makes the mutation safe to repeat for a week, whatever key names the user: if you send it again with the same key "
    "and input, nobody is deleted who got the e-mail address, the account, the session or the id since. The same key "
    "with another `by` is rejected with `INVALID`. "
)


def idempotency_key(reason: str = CREATES, subject: str = "object to create") -> Any:
    """Declare the field. Keys of other callers are other keys, so nobody can guess with it."""
    return optional(reason + KEY.format(object=subject), LONGEST_KEY, guess=False)
