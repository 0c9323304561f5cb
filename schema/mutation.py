"""The root of every change. Each mutation is declared beside its input and payload, in `…_changes.py`."""

from typing import Final

import strawberry

from schema.account_changes import AccountMutations
from schema.api_key_changes import ApiKeyMutations
from schema.authenticator_changes import AuthenticatorMutations
from schema.internals import field_names
from schema.many_users_changes import ManyUsersMutations
from schema.session_changes import SessionMutations
from schema.user_changes import UserMutations
from schema.verification_token_changes import VerificationTokenMutations


@strawberry.type(description="The mutations of this API. A rejected input is reported in `userErrors` of the payload.")
class Mutation(
    UserMutations,
    ManyUsersMutations,
    AccountMutations,
    SessionMutations,
    VerificationTokenMutations,
    AuthenticatorMutations,
    ApiKeyMutations,
):
    """Each field passes its input on to the resolver of its entity in `resolvers`."""


MUTATIONS: Final = frozenset(field_names(Mutation))
"""The names of all mutations."""
