"""`dynamo.format` and `dynamo.expressions` compared with the functions of the same names that the adapter exports."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dynamo import format
from dynamo.expressions import generate_update_expression
from tests.dynamo.as_stored import as_parameters, with_dates
from tests.interop.javascript import FarDate, Node

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

YEARS = ["2020", "1969", "0001", "9999", "+002020"] * 3
YEARS += ["-000001", "+275760", "-271821", "-000000", "+12020", "12020", "20"]
DAYS = ["01-01", "02-29", "02-30", "02-31", "04-31", "12-31", "09-13", "04-20"] * 2
DAYS += ["02-32", "00-10", "13-10", "10-00", "1-1"]
TIMES = ["00:00", "23:59", "24:00", "00:00:00", "23:59:59", "24:00:00", "24:00:00.000", "00:00:00.0", "12:34:56.789"]
TIMES += ["12:34:56.7", "12:34:56.78", "12:34:56.7899", "12:34:56.123456789", "23:59:59.99999", "00:00:00,5"]
TIMES += [
    "24:01",
    "25:00",
    "00:60",
    "0:00",
    "24:00:01",
    "00:00:60",
    "24:00:00.0001",
    "00:00:00.",
    "00:00.5",
    "00:00:00,5",
]
OFFSETS = ["Z", "+00:00", "-00:00", "+05:30", "-23:59"] * 6
OFFSETS += ["z", "", "+24:00", "+05:60", "+0530", "+05", " Z", "Z ", "Z\n", "ZZ"]


def date_strings(count: int) -> list[str]:
    """Strings composed of the odd parts above, and others that only look like dates."""
    shuffle = random.Random(2024)
    built = [
        f"{shuffle.choice(YEARS)}-{shuffle.choice(DAYS)}{shuffle.choice('TTTTTTt ')}{shuffle.choice(TIMES)}"
        f"{shuffle.choice(OFFSETS)}"
        for _ in range(count)
    ]
    usual = ["2020-01-01T00:00:00.000Z"]
    other = [
        "",
        "Ada",
        "USER",
        "2020",
        "2020-01-01",
        " 2020-01-01T00:00Z",
        "x2020-01-01T00:00Z",
        "eyJhbGciOiTIUzI1NiJ9",
    ]
    return usual + other + built


def seconds(count: int) -> list[int | float]:
    """Values of `expires`: whole and with up to three decimals, near and far, some beyond every date."""
    shuffle = random.Random(2038)
    usual = [shuffle.randrange(0, 4_000_000_000_000) / 1000 for _ in range(count)]
    around_2038 = [(2_147_483_648_000 + shuffle.randrange(0, 52_000_000_000)) / 1000 for _ in range(count)]
    odd = [0, 1, -1, -0.001, -1.999, 0.0005, 1_700_000_000, 2_147_483_648.009, 253_402_300_799.999, 253_402_300_800]
    return usual + around_2038 + odd + [8_640_000_000_000, 8_640_000_000_001, -62_135_596_800, -62_135_596_801, 2**52]


def in_python(value: Any, stored: object) -> Any:
    """Our value for JavaScript's: a date that `datetime` cannot represent stays as it is stored."""
    return stored if isinstance(value, FarDate) else value


def test_from_reads_every_date_string_as_javascript_does(node: Node) -> None:
    """One item contains all of them, each under its own name."""
    item = {f"a{number}": string for number, string in enumerate(date_strings(1000))}
    theirs = node.call("format.from", item)
    assert with_dates(item) == {name: in_python(value, item[name]) for name, value in theirs.items()}


def test_the_date_strings_are_a_fair_mixture() -> None:
    """Guards the test above: enough of them are dates, and enough are not."""
    found = [format.parse_date(string) is not None for string in date_strings(1000)]
    assert found.count(True) > 150
    assert found.count(False) > 150


def test_from_reads_expires_as_javascript_does(node: Node) -> None:
    for value in seconds(300):
        theirs = node.call("format.from", {"expires": value})["expires"]
        assert with_dates({"expires": value}) == {"expires": in_python(theirs, value)}


def test_an_expires_beyond_javascripts_integers_stays_a_number(node: Node) -> None:
    assert node.call("format.from", {"expires": 2**53 + 1}) == {"expires": 2**53 + 1}
    assert with_dates({"expires": 2**53 + 1}) == {"expires": 2**53 + 1}


def test_to_stores_dates_as_javascript_does(node: Node) -> None:
    """Ours is a decimal and theirs is binary, with the same shortest digits."""
    shuffle = random.Random(1970)
    dates = [
        EPOCH + timedelta(milliseconds=shuffle.randrange(-60_000_000_000_000, 250_000_000_000_000)) for _ in range(400)
    ]
    for date in dates:
        ours = format.to({"expires": date, "emailVerified": date})
        theirs = node.call("format.to", {"expires": date, "emailVerified": date})
        assert Decimal(str(ours.pop("expires"))) == Decimal(repr(theirs.pop("expires")))
        assert ours == theirs


def test_to_leaves_the_same_values_alone(node: Node) -> None:
    for item in ITEMS:
        assert format.to(item) == node.call("format.to", item)


def test_updates_assign_the_same_values_to_the_same_attributes(node: Node) -> None:
    for item in ITEMS:
        if item:
            ours = generate_update_expression(item)
            assert ours is not None
            assert assignments(as_parameters(ours)) == assignments(node.call("generateUpdateExpression", item))


def test_javascript_writes_a_broken_update_for_an_empty_object(node: Node) -> None:
    assert node.call("generateUpdateExpression", {})["UpdateExpression"] == "se"
    assert generate_update_expression({}) is None


def test_javascript_takes_for_a_date_what_merely_contains_one(node: Node) -> None:
    """V8 ignores brackets and stops at NUL. We do not follow it, so a user's name stays a name."""
    item = {"name": "Jan 1 2020 (2020-01-01T00:00Z)", "image": "2020-01-01T00:00Z\0"}
    day = datetime(2020, 1, 1, tzinfo=UTC)
    assert node.call("format.from", item)["image"] == day
    assert isinstance(node.call("format.from", item)["name"], datetime)
    assert with_dates(item) == item


def assignments(parameters: dict[str, Any]) -> dict[str, object]:
    """Each attribute with the value that an update sets it to."""
    clauses = parameters["UpdateExpression"][len("set ") :].split(", ")
    placeholders = [clause.split(" = ") for clause in clauses]
    return {
        parameters["ExpressionAttributeNames"][name]: parameters["ExpressionAttributeValues"][value]
        for name, value in placeholders
    }


DAY = datetime(2030, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)
ITEMS: list[dict[str, Any]] = [
    {},
    {"pk": 1, "sk": "2020-01-01T00:00Z", "GSI1PK": None, "GSI1SK": "a", "id": "1"},
    {"pk1": "a", "gsi1pk": "b", "GSI1": "c"},
    *(
        {"type": type}
        for type in ("SESSION", "VT", "USER", "user", "oauth", "", None, 1, True, ["USER"], {"a": "USER"})
    ),
    *({"expires": value} for value in ("", "soon", None, True, [1], {"a": 1}, "2021-06-01T12:00:00.000Z")),
    {"Expires": 1, "expires_at": 1, "EXPIRES": 1.5},
    {"map": {"pk": "a", "type": "USER", "expires": 1, "at": "2020-01-01T00:00Z"}, "list": ["2020-01-01T00:00Z"]},
    {"map": {"at": DAY}, "list": [DAY, {"expires": DAY}]},
    {"not-before-policy": 0, "größe": "ß", "a.b": "c", "": "empty", "bytes": b"\x00\xff", "set": {"a", "b"}},
    {"name": "", "image": None, "flag": False, "zero": 0, "half": 0.5, "negative": -1},
]
