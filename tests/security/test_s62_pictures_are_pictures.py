"""S62: a stored picture is an `https:`, `http:` or `data:image/…` URL, even with characters that browsers ignore."""

import pytest

from tests.api import Api
from tests.interop import odd_rows
from tests.interop.raw import RawTable, text
from tests.resolvers.people import Person, refusals

TAKEN = [
    "https://a.example/i.png",
    "HTTPS://A.example/i.png",
    "http://a.example/i.png",
    "data:image/png;base64,AAAA",
    "DATA:Image/SVG+xml,%3Csvg/%3E",
    "data:image/jpeg;base64, AAAA",
]
SCHEMES = [
    "javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>",
    "data:,x",
    "data:imagex/png,x",
    "file:///etc",
]
SCHEMES += ["blob:https://a.example/1", "ftp://a.example/i.png", "about:blank", "ws://a.example", "data:image", "https"]
RELATIVE = ["i.png", "/i.png", "//a.example/i.png", "?https:", "#https:", "x https://a.example", "xhttps://a.example"]
IGNORED = [chr(number) for number in range(0x21)]
"""What browsers remove from the ends of a URL. They also remove tabs and line breaks within it."""


@pytest.mark.parametrize("image", TAKEN)
async def test_s62_a_picture_is_taken(api: Api, image: str) -> None:
    made = await api.changed("createUser", "user { image }", userId="ada", image=image)
    assert made["user"] == {"image": image}
    blanks = "".join(IGNORED)
    changed = await api.changed("updateUser", "user { image }", by={"userId": "ada"}, image=f"{blanks}{image}{blanks}")
    assert changed["user"] == {"image": image}


async def test_s62_anything_else_is_refused_by_every_way(api: Api, ada: Person, raw: RawTable) -> None:
    before = raw.items()
    account = {"provider": "g", "providerAccountId": "1", "type": "oauth"}
    for image in SCHEMES + RELATIVE:
        refused = await api.change("createUser", "user { id }", image=image)
        assert refusals(refused) == [("INVALID", ["image"])], image
        refused = await api.acting_as(ada.token).change("updateUser", "user { id }", by={"id": ada.id}, image=image)
        assert refusals(refused) == [("INVALID", ["image"])], image
        refused = await api.change("registerUser", "user { id }", user={"image": image}, account=account)
        assert refusals(refused) == [("INVALID", ["user", "image"])], image
    assert raw.items() == before


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x"])
async def test_s62_nothing_that_browsers_ignore_hides_a_scheme(api: Api, scheme: str) -> None:
    for ignored in IGNORED:
        for image in (ignored + scheme, scheme[:4] + ignored + scheme[4:], scheme.replace(":", ignored + ":")):
            refused = await api.change("createUser", "user { id }", image=image)
            assert refusals(refused) == [("INVALID", ["image"])], image
    # As a whole, so that it is not hidden in what looks like a picture.
    for image in ("ht\ntps://a.example", "da\tta:image/png,x", "data:\nimage/png,x", "https\n:x"):
        assert refusals(await api.change("createUser", "user { id }", image=image)) == [("INVALID", ["image"])], image


async def test_s62_what_is_stored_is_read_and_may_stay(api: Api, raw: RawTable) -> None:
    """The adapter stores what an app passes to it. A form that sends everything back does not change it."""
    odd_rows.user(raw, "eve", "eve@example.com", image=text("/avatars/eve.png"))
    document = '{ user(by: {userId: "eve"}) { image } }'
    assert await api.data(document) == {"user": {"image": "/avatars/eve.png"}}
    given = {"by": {"userId": "eve"}, "name": "Eve"}
    kept = await api.changed("updateUser", "user { name image }", **given, image="/avatars/eve.png")
    assert kept["user"] == {"name": "Eve", "image": "/avatars/eve.png"}
    refused = await api.change("updateUser", "user { id }", **given, image="/avatars/other.png")
    assert refusals(refused) == [("INVALID", ["image"])]
    gone = await api.changed("updateUser", "user { image }", **given, image=None)
    assert gone["user"] == {"image": None}
    refused = await api.change("updateUser", "user { id }", **given, image="/avatars/eve.png")
    assert refusals(refused) == [("INVALID", ["image"])]
