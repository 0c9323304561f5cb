"""A date is read as other programs read it, or rejected."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing.door import Door, fuzz
from tests.fuzzing.mutants import mutants
from tests.fuzzing.test_ids_and_cursors import ADMINISTRATOR

SET = """mutation($date: DateTime) {
  updateUser(input: {by: {userId: "ada"}, emailVerified: $date}) { user { emailVerified } userErrors { code } }
}"""
MILLISECOND = timedelta(milliseconds=1)

offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
dates = (
    st.builds(datetime.replace, st.datetimes(), tzinfo=offsets)
    .map(datetime.isoformat)
    .flatmap(lambda text: st.just(text) | mutants(text))
)
others = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
texts = (
    dates
    | st.text(max_size=70)
    | st.from_regex(r"[+-]?\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{0,12})?)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)


def test_a_date_that_is_accepted_is_the_one_that_was_meant(door: Door) -> None:
    accepted = 0

    @fuzz(120)
    @given(st.one_of(dates, dates, dates, texts, others))
    def hold(given_date: object) -> None:
        nonlocal accepted
        reply = door.post(SET, {"date": given_date}, ADMINISTRATOR)
        if reply.codes:
            assert set(reply.codes) <= {"BAD_USER_INPUT", "BAD_REQUEST"}
            return
        payload = reply.data["updateUser"]
        if payload["userErrors"]:
            return
        assert isinstance(given_date, str)
        stored = datetime.fromisoformat(payload["user"]["emailVerified"])
        accepted += 1
        try:
            meant = datetime.fromisoformat(given_date)
        except ValueError:
            # As in JavaScript, 31 February is a day in March.
            return
        assert meant.tzinfo is not None
        assert timedelta() <= meant - stored < MILLISECOND

    hold()
    assert accepted > 5
