"""What people do in an app, in every app of this folder, with sessions in the database and in cookies."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from e2e.api import Api
from e2e.app import FOLDER, App, npm
from e2e.browser import Browser, Page, directory_cookie
from e2e.mailbox import Mailbox

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
_numbers = count(1)
SIGN_IN: Final = ("Sign in", "Link an account")
"""Both links lead to Auth.js's own sign-in page."""


class Person:
    """Somebody with an e-mail address, an account at the directory, and any number of devices."""

    def __init__(self, app: App, mailbox: Mailbox) -> None:
        name = f"person-{next(_numbers)}"
        self.email = f"{name}@example.com"
        self.claims = {"sub": name, "email": self.email, "name": name.title()}
        self._app, self._mailbox = app, mailbox

    def device(self) -> Browser:
        """A browser in which the person is known to the directory, and not to the app."""
        browser = self._app.browser()
        browser.be_at_the_directory(self.claims)
        return browser

    def ask_for_link(self, browser: Browser) -> Page:
        """Fill in the address on the sign-in page."""
        browser.visit(self._app.url)
        browser.click(*SIGN_IN)
        return browser.fill(email=self.email)

    def open_link(self, browser: Browser) -> Page:
        """Follow the link of the oldest mail."""
        return browser.visit(self._mailbox.take_link(self.email))

    def sign_in_by_mail(self) -> Browser:
        """Ask for a link and follow it, on a new device."""
        browser = self.device()
        assert self.ask_for_link(browser).error is None
        self.open_link(browser)
        return browser

    def sign_in_at_directory(self, browser: Browser) -> Page:
        """Go to the directory and come back. Who is signed in links the account."""
        browser.visit(self._app.url)
        browser.click(*SIGN_IN)
        return browser.press("Sign in with Directory")

    def is_signed_in(self, browser: Browser) -> bool:
        """Whether the first page of the app says so."""
        page = browser.visit(self._app.url)
        assert page.status == 200
        return f"Signed in as {self.email}" in page.text


@pytest.fixture
def somebody(app: App, mailbox: Mailbox) -> Callable[[], Person]:
    """Makes people who have not signed up yet."""
    return lambda: Person(app, mailbox)


@pytest.fixture
def ada(somebody: Callable[[], Person]) -> Person:
    """Somebody who has not signed up yet."""
    return somebody()


@pytest.fixture
def errors(app: App) -> Callable[[], str]:
    """What the app has logged in the test, for tests that expect errors."""
    since = len(app.logged())
    return lambda: app.logged()[since:]


@pytest.fixture(autouse=True)
def _nothing_else_goes_wrong(request: pytest.FixtureRequest) -> Iterator[None]:
    """No app logs an error that the test does not ask for."""
    app: App | None = request.getfixturevalue("app") if "app" in request.fixturenames else None
    since = len(app.logged()) if app else 0
    yield
    if app:
        # pytest shows it if the test fails.
        print(app.logged()[since:])
        assert "errors" in request.fixturenames or app.errors(since) == []


def test_it_type_checks_against_the_package(built: Path) -> None:
    """In strict mode, with the framework's own checker."""
    npm(built, "run", "check")


def test_a_person_signs_up_by_magic_link(app: App, api: Api, ada: Person) -> None:
    browser = ada.sign_in_by_mail()

    assert ada.is_signed_in(browser)
    user = api.user(ada.email)
    assert user["emailVerified"] is not None
    assert user["accounts"]["nodes"] == []
    assert len(user["sessions"]["nodes"]) == (app.strategy == "database")


def test_a_person_signs_up_at_the_directory(app: App, api: Api, ada: Person) -> None:
    browser = ada.device()
    ada.sign_in_at_directory(browser)

    assert ada.is_signed_in(browser)
    user = api.user(ada.email)
    assert (user["name"], user["emailVerified"]) == (ada.claims["name"], None)
    assert user["accounts"]["nodes"] == [{"provider": "directory", "providerAccountId": ada.claims["sub"]}]
    assert len(user["sessions"]["nodes"]) == (app.strategy == "database")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM")
def test_a_real_browser_signs_in_and_out(app: App, ada: Person) -> None:
    """With its own rules for cookies, and the scripts of the page."""
    visit = ["node", "visit.js", app.url, directory_cookie(ada.claims)]
    environment = {**os.environ, "CHROMIUM": str(CHROMIUM)}
    saw = json.loads(subprocess.check_output(visit, cwd=FOLDER / "chromium", env=environment, text=True))

    assert f"Signed in as {ada.email}" in saw["signedIn"]
    assert saw["signedOut"].strip() == "Sign in"
    assert saw["errors"] == []


def test_an_account_that_was_linked_signs_in_the_same_person(api: Api, ada: Person) -> None:
    browser = ada.sign_in_by_mail()
    # So that nothing but the link leads from the account to the person.
    ada.claims["email"] = f"other-{ada.email}"
    browser.be_at_the_directory(ada.claims)
    ada.sign_in_at_directory(browser)
    assert ada.is_signed_in(browser)

    phone = ada.device()
    ada.sign_in_at_directory(phone)

    assert ada.is_signed_in(phone)
    accounts = api.user(ada.email)["accounts"]["nodes"]
    assert accounts == [{"provider": "directory", "providerAccountId": ada.claims["sub"]}]


def test_an_account_with_somebody_elses_address_does_not_sign_in(
    somebody: Callable[[], Person], errors: Callable[[], str]
) -> None:
    """Auth.js links no account because of its address alone."""
    ada, other = somebody(), somebody()
    ada.sign_in_by_mail()
    other.claims["email"] = ada.email
    browser = other.device()

    page = other.sign_in_at_directory(browser)

    assert page.error == "OAuthAccountNotLinked"
    assert not ada.is_signed_in(browser)
    assert not other.is_signed_in(browser)


def test_a_link_works_once(app: App, mailbox: Mailbox, ada: Person, errors: Callable[[], str]) -> None:
    browser = ada.device()
    ada.ask_for_link(browser)
    link = mailbox.take_link(ada.email)
    browser.visit(link)
    assert ada.is_signed_in(browser)

    again = app.browser()

    assert again.visit(link).error == "Verification"
    assert not ada.is_signed_in(again)


def test_who_signs_out_is_signed_out_on_this_device_only(app: App, api: Api, ada: Person) -> None:
    laptop, phone = ada.sign_in_by_mail(), ada.sign_in_by_mail()
    assert ada.is_signed_in(laptop)

    laptop.click("Sign out")
    laptop.press("Sign out")

    assert not ada.is_signed_in(laptop)
    assert ada.is_signed_in(phone)
    assert len(api.user(ada.email)["sessions"]["nodes"]) == (app.strategy == "database")


def test_a_person_who_was_disabled_is_denied_access(
    app: App, api: Api, mailbox: Mailbox, ada: Person, errors: Callable[[], str]
) -> None:
    """Whichever way they sign in, also with a link that they asked for before. Sessions in the database have ended."""
    laptop, phone = ada.sign_in_by_mail(), ada.device()
    ada.sign_in_at_directory(laptop)
    ada.ask_for_link(phone)
    api.disable(ada.email)

    refusals = [
        ada.open_link(phone),
        ada.sign_in_at_directory(ada.device()),
        ada.ask_for_link(ada.device()),
    ]

    assert [page.error for page in refusals] == ["AccessDenied"] * 3
    assert all("do not have permission to sign in" in page.text for page in refusals)
    assert mailbox.links() == 0
    assert not ada.is_signed_in(phone)
    assert ada.is_signed_in(laptop) == (app.strategy == "jwt")

    api.enable(ada.email)
    assert ada.is_signed_in(ada.sign_in_by_mail())


def test_no_session_is_lost_while_the_api_is_away(app: App, api: Api, ada: Person, errors: Callable[[], str]) -> None:
    """Nobody can sign in meanwhile, and the log says what cannot be reached."""
    laptop, phone = ada.sign_in_by_mail(), ada.device()
    assert ada.is_signed_in(laptop)
    # Where the scripts of a page ask who is signed in. Auth.js removes a cookie there that it finds no session for.
    session = laptop.page.links["Sign out"].replace("signout", "session")

    with api.away():
        laptop.visit(session)
        assert ada.is_signed_in(laptop) == (app.strategy == "jwt")
        page = ada.ask_for_link(phone)

    assert page.error == "Configuration" or page.status == 500
    assert f"No answer to GetUserByEmail at {api.url}" in errors()
    assert "Check the url, and that the server runs." in errors()
    assert ada.is_signed_in(laptop)
    assert ada.is_signed_in(ada.sign_in_by_mail())
