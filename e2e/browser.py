"""A browser without a window: it keeps cookies, follows redirects, and sees the text, links and forms of a page."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

TIMEOUT_SECONDS: Final = 30
INVISIBLE: Final = frozenset(("head", "script", "style"))


@dataclass(slots=True)
class Form:
    """What would be sent if one of the buttons were pressed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


@dataclass(slots=True)
class Page:
    """What a visitor sees, after all redirects."""

    url: str
    status: int
    text: str = ""
    links: dict[str, str] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)

    @property
    def error(self) -> str | None:
        """The reason that Auth.js gives in the address of its pages."""
        return parse_qs(urlsplit(self.url).query).get("error", [None])[0]


class Browser:
    """One person at one device, who starts on the first page of an app."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.page = Page(home, 0)
        self.cookies = httpx2.Cookies()

    def visit(self, url: str) -> Page:
        """Go to an address and see its page."""
        return self._request("GET", url)

    def click(self, *texts: str) -> Page:
        """Follow the link that has one of these texts."""
        found = [self.page.links[text] for text in texts if text in self.page.links]
        assert len(found) == 1, f"{self.page} has no link {texts}"
        return self._request("GET", found[0])

    def press(self, button: str) -> Page:
        """Send the form that has the button."""
        found = [form for form in self.page.forms if form.button == button]
        assert len(found) == 1, f"{self.page} has no button {button}"
        return self._request("POST", found[0].action, found[0].fields)

    def fill(self, **fields: str) -> Page:
        """Fill in these fields and send the form that has them."""
        found = [form for form in self.page.forms if fields.keys() <= form.fields.keys()]
        assert len(found) == 1, f"{self.page} has no form for {[*fields]}"
        return self._request("POST", found[0].action, found[0].fields | fields)

    def be_at_the_directory(self, claims: Mapping[str, str]) -> None:
        """Be known to the OpenID Connect provider, which asks no questions."""
        self.cookies.set("directory", directory_cookie(claims), domain="127.0.0.1")

    def _request(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> Page:
        # A browser names the page that a form is on. SvelteKit takes no form without it.
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.page.url))
        headers = {"origin": origin} if method == "POST" else {}
        with httpx2.Client(cookies=self.cookies, follow_redirects=True, timeout=TIMEOUT_SECONDS) as client:
            response = client.request(method, urljoin(self.page.url, url), data=fields, headers=headers)
            self.cookies = client.cookies
        self.page = Page(str(response.url), response.status_code)
        reader = _Reader(self.page)
        reader.feed(response.text)
        reader.close()
        self.page.text = " ".join(self.page.text.split())
        return self.page


def directory_cookie(claims: Mapping[str, str]) -> str:
    """How the OpenID Connect provider recognizes a person."""
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


class _Reader(HTMLParser):
    """Fills in what is on a page."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._hidden = 0
        self._link: str | None = None
        self._button = False
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a link or a button, or note a form or one of its fields."""
        attributes = {name: value or "" for name, value in attrs}
        if tag in INVISIBLE:
            self._hidden += 1
        elif tag == "a":
            self._link, self._words = attributes.get("href"), []
        elif tag == "form":
            self._page.forms.append(Form(urljoin(self._page.url, attributes.get("action", ""))))
        elif tag == "button":
            self._button, self._words = True, []
        elif tag == "input" and self._page.forms and "name" in attributes:
            self._page.forms[-1].fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """End a link or a button, whose text is known now."""
        text = " ".join("".join(self._words).split())
        if tag in INVISIBLE:
            self._hidden -= 1
        elif tag == "a" and self._link is not None:
            self._page.links[text] = self._link
            self._link = None
        elif tag == "button" and self._button and self._page.forms:
            self._page.forms[-1].button = text
            self._button = False

    def handle_data(self, data: str) -> None:
        """Add to the text of the page, which is also that of a link or a button."""
        if not self._hidden:
            self._page.text += data
            self._words.append(data)
