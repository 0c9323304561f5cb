"""`dynamo.format`: dates, storable values and JSON, and the conversions between them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamo import format
from tests.dynamo.as_stored import with_dates

KEY_ATTRIBUTES = frozenset(("pk", "sk", "GSI1PK", "GSI1SK"))

dates = st.datetimes(timezones=st.just(UTC)).map(lambda date: date.replace(microsecond=date.microsecond // 1000 * 1000))
offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
near_dates = st.datetimes(timezones=offsets).filter(lambda date: 1 < date.year < 9999)
names = st.text(min_size=1).filter(lambda name: name not in KEY_ATTRIBUTES)
safe_numbers = st.integers(-format.LARGEST_SAFE_INTEGER, format.LARGEST_SAFE_INTEGER) | st.floats(-1e15, 1e15).filter(
    lambda number: number == 0 or abs(number) >= 1e-130
)
text = st.text(st.characters(exclude_categories=["Cs"]))
member_names = text.filter(lambda name: 0 < len(name.encode()) <= format.MAX_NAME_BYTES)
json_values = st.recursive(
    st.none() | st.booleans() | safe_numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(member_names, inner, max_size=4),
    max_leaves=20,
)
stored_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.sets(st.text(), min_size=1)
    | st.sets(st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=1)
    | st.sets(st.binary(), min_size=1)
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**126), max_value=10**126),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def utc(*parts: int) -> datetime:
    """A date in UTC: year, month, day, hour, minute, second, microsecond."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # mypy cannot count the parts


class TestTo:
    """Conversion of objects into attributes to store."""

    def test_a_date_under_expires_becomes_seconds(self) -> None:
        assert format.to({"expires": utc(2038, 1, 19, 3, 14, 8)}) == {"expires": 2_147_483_648}

    def test_milliseconds_under_expires_become_decimals_without_binary_error(self) -> None:
        assert format.to({"expires": utc(2038, 1, 19, 3, 14, 8, 123_000)}) == {"expires": Decimal("2147483648.123")}

    def test_whole_seconds_are_an_integer(self) -> None:
        assert isinstance(format.to({"expires": utc(2030, 1, 1)})["expires"], int)

    def test_any_other_date_becomes_an_iso_string(self) -> None:
        assert format.to({"emailVerified": utc(2030, 1, 2, 3, 4, 5, 6000)}) == {
            "emailVerified": "2030-01-02T03:04:05.006Z"
        }

    def test_only_the_exact_name_expires_is_special(self) -> None:
        assert format.to({"Expires": utc(2030, 1, 1)}) == {"Expires": "2030-01-01T00:00:00.000Z"}

    def test_nested_dates_are_left_alone(self) -> None:
        nested = {"list": [utc(2030, 1, 1)], "map": {"expires": utc(2030, 1, 1)}}
        assert format.to(nested) == nested

    @given(st.dictionaries(names, stored_values))
    def test_what_is_no_date_is_untouched(self, object: dict[str, Any]) -> None:
        assert format.to(object) == object


class TestRoundTrip:
    """A value that is stored and read again is the same."""

    @given(st.dictionaries(names.filter(lambda name: name != "expires"), dates))
    def test_dates_come_back(self, object: dict[str, datetime]) -> None:
        assert with_dates(format.to(object)) == object

    @given(dates)
    def test_an_expires_comes_back_at_most_one_millisecond_early(self, date: datetime) -> None:
        back = with_dates(format.to({"expires": date}))
        # Before 1970, cutting towards zero makes the date later.
        assert abs(date - back["expires"]) <= timedelta(milliseconds=1)  # type: ignore[operator]

    @given(dates.map(lambda date: date.replace(microsecond=0)))
    def test_an_expires_of_whole_seconds_comes_back_exactly(self, date: datetime) -> None:
        assert with_dates(format.to({"expires": date})) == {"expires": date}

    @given(st.dictionaries(names.filter(lambda name: name not in ("expires", "type")), json_values))
    def test_values_that_are_no_dates_come_back(self, object: dict[str, Any]) -> None:
        plain = {
            name: value
            for name, value in object.items()
            if not isinstance(value, str) or format.parse_date(value) is None
        }
        assert with_dates(format.to(plain)) == plain


class TestParseDate:
    """Which strings are dates, and which date each of them is."""

    @pytest.mark.parametrize(
        ("string", "date"),
        [
            ("2020-02-29T01:02Z", utc(2020, 2, 29, 1, 2)),
            ("2020-02-29T01:02:03Z", utc(2020, 2, 29, 1, 2, 3)),
            ("2020-02-29T01:02:03.4Z", utc(2020, 2, 29, 1, 2, 3, 400_000)),
            ("2020-02-29T01:02:03.456Z", utc(2020, 2, 29, 1, 2, 3, 456_000)),
            ("2020-02-29T01:02:03.456999999999Z", utc(2020, 2, 29, 1, 2, 3, 456_000)),
            ("1969-12-31T23:59:59.9999Z", utc(1969, 12, 31, 23, 59, 59, 999_000)),
            ("2020-01-01T00:00:00+05:30", utc(2019, 12, 31, 18, 30)),
            ("2020-01-01T00:00:00.5-23:59", utc(2020, 1, 1, 23, 59, 0, 500_000)),
            ("2020-01-01T00:00-00:00", utc(2020, 1, 1)),
            ("2020-02-30T00:00Z", utc(2020, 3, 1)),
            ("2019-02-29T00:00Z", utc(2019, 3, 1)),
            ("2019-04-31T00:00Z", utc(2019, 5, 1)),
            ("2020-12-31T24:00Z", utc(2021, 1, 1)),
            ("2020-12-31T24:00:00Z", utc(2021, 1, 1)),
            ("2020-12-31T24:00:00.000Z", utc(2021, 1, 1)),
            ("2020-12-31T24:00:00-01:00", utc(2021, 1, 1, 1)),
            ("+002020-01-01T00:00Z", utc(2020, 1, 1)),
            ("0001-01-01T00:00Z", utc(1, 1, 1)),
            ("0000-12-31T23:30-01:00", utc(1, 1, 1, 0, 30)),
            ("+010000-01-01T00:30:00+01:00", utc(9999, 12, 31, 23, 30)),
            ("9999-12-31T23:59:59.999Z", utc(9999, 12, 31, 23, 59, 59, 999_000)),
        ],
    )
    def test_a_date_is_read(self, string: str, date: datetime) -> None:
        assert format.parse_date(string) == date

    @pytest.mark.parametrize(
        "string",
        [
            "",
            "Ada",
            "2020-01-01",
            "2020-01-01T00:00",
            "2020-01-01T00:00:00",
            "2020-01-01t00:00Z",
            "2020-01-01T00:00z",
            "2020-01-01 00:00:00Z",
            "2020-01-01T00:00+0530",
            "2020-01-01T00:00+05",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+05:60",
            "-000000-01-01T00:00Z",
            "-000000-12-31T23:30-01:00",
            "12020-01-01T00:00Z",
            "+12020-01-01T00:00Z",
            "2020-00-01T00:00Z",
            "2020-13-01T00:00Z",
            "2020-01-00T00:00Z",
            "2020-01-32T00:00Z",
            "2020-01-01T25:00Z",
            "2020-01-01T24:01Z",
            "2020-01-01T24:00:01Z",
            "2020-01-01T24:00:00.0001Z",
            "2020-01-01T00:60Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00.5Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00,5Z",
            " 2020-01-01T00:00:00Z",
            "2020-01-01T00:00:00Z ",
            "2020-01-01T00:00:00Z\n",
            "2020-01-01T00:00:00ZZ",
            "٢٠٢٠-01-01T00:00:00Z",
            "2020-W01-1T00:00:00.000Z",
            "eyJhbGciOiTIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        ],
    )
    def test_a_string_of_another_shape_is_no_date(self, string: str) -> None:
        assert format.parse_date(string) is None

    @pytest.mark.parametrize("string", ["Jan 1 2020 (2020-01-01T00:00Z)", "2020-01-01T00:00:00Z\0"])
    def test_a_string_that_merely_contains_a_date_is_none(self, string: str) -> None:
        assert format.parse_date(string) is None

    @pytest.mark.parametrize(
        "string",
        ["0000-12-31T23:59:59.999Z", "-000001-01-01T00:00Z", "9999-12-31T24:00Z", "+275760-09-13T00:00:00.000Z"],
    )
    def test_a_date_that_datetime_cannot_hold_is_none(self, string: str) -> None:
        assert format.parse_date(string) is None

    @given(dates)
    def test_what_iso_writes_is_read_back(self, date: datetime) -> None:
        assert format.parse_date(format.iso(date)) == date

    @given(st.text())
    def test_no_string_raises(self, string: str) -> None:
        format.parse_date(string)

    @given(st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z"))
    def test_a_string_python_reads_too_means_the_same(self, string: str) -> None:
        try:
            expected = datetime.fromisoformat(string)
        except ValueError:
            return
        assert format.parse_date(string) == expected


class TestIso:
    """Dates in the form that JavaScript writes."""

    def test_milliseconds_and_z_are_always_there(self) -> None:
        assert format.iso(utc(2020, 1, 1)) == "2020-01-01T00:00:00.000Z"

    def test_microseconds_are_cut(self) -> None:
        assert format.iso(utc(2020, 1, 1, 0, 0, 0, 999_999)) == "2020-01-01T00:00:00.999Z"

    def test_a_year_has_four_digits(self) -> None:
        assert format.iso(utc(33, 4, 3)) == "0033-04-03T00:00:00.000Z"

    def test_an_offset_becomes_utc(self) -> None:
        date = datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2)))
        assert format.iso(date) == "2019-12-31T22:00:00.000Z"


class TestEpochSeconds:
    """Whole seconds, rounded down and never up."""

    @given(near_dates)
    def test_it_is_the_last_whole_second_before_the_date(self, date: datetime) -> None:
        rest = date - (utc(1970, 1, 1) + timedelta(seconds=format.epoch_seconds(date)))
        assert timedelta(0) <= rest < timedelta(seconds=1)

    def test_before_1970_it_goes_down_too(self) -> None:
        assert format.epoch_seconds(utc(1969, 12, 31, 23, 59, 59, 1)) == -1


class TestDateOfExpires:
    """Every form in which an `expires` was ever stored."""

    @pytest.mark.parametrize(
        ("value", "date"),
        [
            (1_700_000_000, utc(2023, 11, 14, 22, 13, 20)),
            (1_700_000_000.123, utc(2023, 11, 14, 22, 13, 20, 123_000)),
            (Decimal("1700000000.123"), utc(2023, 11, 14, 22, 13, 20, 123_000)),
            (0, utc(1970, 1, 1)),
            (-0.5, utc(1969, 12, 31, 23, 59, 59, 500_000)),
            ("2021-06-01T12:00:00.000Z", utc(2021, 6, 1, 12)),
        ],
    )
    def test_it_is_read(self, value: object, date: datetime) -> None:
        assert format.date_of_expires(value) == date

    def test_the_binary_error_of_javascript_is_kept(self) -> None:
        assert format.date_of_expires(2_147_483_648.009) == utc(2038, 1, 19, 3, 14, 8, 8_000)

    @pytest.mark.parametrize("value", [None, True, "soon", "", [], 1e300, 10**400, float("inf"), float("-inf"), -1e15])
    def test_what_is_no_date_is_none(self, value: object) -> None:
        assert format.date_of_expires(value) is None


class TestToStorable:
    """Conversion of a client's JSON into an attribute."""

    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            ("", None),
            (["", "a"], [None, "a"]),
            ({"a": {"b": ""}}, {"a": {"b": None}}),
            ([], []),
            ({}, {}),
            (False, False),
            (0, 0),
            (None, None),
        ],
    )
    def test_only_empty_strings_become_null(self, value: object, stored: object) -> None:
        assert format.to_storable(value) == stored

    @pytest.mark.parametrize("number", [2**53 - 1, 1 - 2**53, 1e-130, 0.0, 1.5])
    def test_a_number_in_range_stays(self, number: float) -> None:
        assert format.to_storable(number) == number

    @pytest.mark.parametrize("number", [2**53, -(2**53), 1e300, float("nan"), float("inf"), float("-inf")])
    def test_a_number_javascript_would_not_read_back_is_refused(self, number: float) -> None:
        with pytest.raises(ValueError, match=r"2\^53"):
            format.to_storable({"a": [number]})

    @pytest.mark.parametrize("number", [1e-131, -5e-324])
    def test_a_number_too_close_to_zero_is_refused(self, number: float) -> None:
        with pytest.raises(ValueError, match="1e-130"):
            format.to_storable(number)

    @pytest.mark.parametrize("value", ["\ud800", "a\udfff", ["\udbff"], {"\ud800": 1}])
    def test_a_lone_surrogate_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match="surrogate"):
            format.to_storable(value)

    @pytest.mark.parametrize("value", [{"": 1}, {1: 1}, [{None: 1}]])
    def test_a_name_that_dynamodb_has_no_place_for_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match="name"):
            format.to_storable(value)

    @pytest.mark.parametrize("value", [b"a", {1}, utc(2020, 1, 1), Decimal(1), object()])
    def test_what_is_not_json_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError, match="not a JSON type"):
            format.to_storable(value)

    @given(json_values)
    def test_what_is_stored_needs_no_second_look(self, value: object) -> None:
        stored = format.to_storable(value)
        assert format.to_storable(stored) == stored

    @pytest.mark.parametrize("innermost", [1, "a", None])
    def test_31_lists_inside_one_another_are_accepted(self, innermost: object) -> None:
        assert format.to_storable(nested(31, innermost)) == nested(31, innermost)

    @pytest.mark.parametrize("depth", [32, 10_000])
    def test_more_are_refused(self, depth: int) -> None:
        with pytest.raises(ValueError, match="nested"):
            format.to_storable(nested(depth, 1))


class TestToJson:
    """Conversion of stored attributes into JSON for a client."""

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ({"b", "a"}, ["a", "b"]),
            ({10, 9, 2.5}, [2.5, 9, 10]),
            ({b"b", b"a"}, ["YQ==", "Yg=="]),
            (b"\xff\x00", "/wA="),
            (2**53 - 1, 2**53 - 1),
            (2**53, "9007199254740992"),
            (-(2**53), "-9007199254740992"),
            ({2**60}, ["1152921504606846976"]),
            (Decimal("1.5"), 1.5),
            (Decimal("1E+3"), 1000),
            (Decimal("1E+30"), "1" + "0" * 30),
            (utc(2020, 1, 1), "2020-01-01T00:00:00.000Z"),
            (True, True),
            (None, None),
            ({"a": [b"a", {"b": {"c"}}]}, {"a": ["YQ==", {"b": ["c"]}]}),
        ],
    )
    def test_it_is_shown(self, value: object, shown: object) -> None:
        assert format.to_json(value) == shown

    def test_a_boolean_is_no_number(self) -> None:
        assert format.to_json(True) is True

    def test_what_dynamodb_cannot_hold_is_a_defect(self) -> None:
        with pytest.raises(TypeError, match="object"):
            format.to_json(object())

    @given(stored_values)
    def test_everything_stored_can_be_written_as_json(self, value: object) -> None:
        json.dumps(format.to_json(value), allow_nan=False)

    @given(json_values)
    def test_what_a_client_stored_comes_back(self, value: object) -> None:
        stored = format.to_storable(value)
        assert format.to_json(stored) == stored


def nested(depth: int, innermost: object) -> object:
    """A value within so many lists."""
    for _ in range(depth):
        innermost = [innermost]
    return innermost
