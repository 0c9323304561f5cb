"""A seed yields the same values each time, and nothing follows from one of them to another."""

import uuid

from dynamo.seeds import Seed, random_seed

SEED = Seed(b"x" * 32, repeatable=True)


def test_the_same_seed_yields_the_same() -> None:
    again = Seed(b"x" * 32, repeatable=True)
    assert SEED.hex(32, "session", "ada") == again.hex(32, "session", "ada")
    assert SEED.uuid("user") == again.uuid("user")
    assert SEED.request_token(1) == again.request_token(1)


def test_another_purpose_part_or_seed_yields_another() -> None:
    made = [
        SEED.hex(16, "session", "ada"),
        SEED.hex(16, "session", "bob"),
        SEED.hex(16, "sessionada"),
        SEED.hex(16, "session", "a", "da"),
        Seed(b"y" * 32, repeatable=True).hex(16, "session", "ada"),
        random_seed().hex(16, "session", "ada"),
    ]
    assert len(set(made)) == len(made)


def test_a_short_value_is_no_beginning_of_a_long_one() -> None:
    assert not SEED.hex(32, "secret").startswith(SEED.hex(8, "secret"))


def test_a_uuid_has_the_form_of_a_random_one() -> None:
    made = uuid.UUID(SEED.uuid("user"))
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_each_turn_of_a_repeatable_create_has_its_request_token_and_no_other_create_has_one() -> None:
    tokens = {SEED.request_token(turn) for turn in range(4)}
    assert len(tokens) == 4
    assert None not in tokens
    assert random_seed().request_token() is None
