"""The console as it is built: what a browser loads, and how much."""

import re
from html.parser import HTMLParser

import pytest

from execution.trusted import load
from tests.processes import ROOT
from web.console import ASSETS, FOLDER, PATH, Build, read_build

MOST_BYTES = 150 * 1024
"""What a browser loads at most to show the console, packed with gzip."""


@pytest.fixture(scope="module")
def build() -> Build:
    """What `make setup` has built."""
    found = read_build(FOLDER)
    assert found is not None, "Run `make console` first."
    return found


def test_a_browser_loads_no_more_than_150_kilobytes(build: Build) -> None:
    sizes = {name: len(file.packed) for name, file in build.assets.items() if name.endswith((".js", ".css"))}
    assert sizes
    assert sum(sizes.values()) <= MOST_BYTES, f"The console has become too large: {sizes}"


class _Page(HTMLParser):
    """The addresses in a page, and what its Content-Security-Policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.blocked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag loads."""
        given = dict(attrs)
        self.addresses += [given[name] or "" for name in ("src", "href") if name in given]
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.blocked.append(tag)
        self.blocked += [name for name in given if name == "style" or name.startswith("on")]


def test_the_page_loads_its_own_files_only_and_has_nothing_inline(build: Build) -> None:
    page = _Page()
    page.feed(build.page.decode())
    assert not page.blocked
    assert {address.removeprefix(f"{PATH}/") for address in page.addresses} <= build.assets.keys()


def test_every_asset_has_a_hash_in_its_name(build: Build) -> None:
    """Browsers keep it for a year."""
    names = [name.removeprefix(ASSETS) for name in build.assets if name.startswith(ASSETS)]
    assert [name for name in names if not re.fullmatch(r"[\w.-]+-[\w-]{8}\.(js|css|svg)", name)] == []


def test_the_manifest_lists_what_the_server_takes() -> None:
    """A server that executes trusted documents only can be given the console's."""
    assert load(FOLDER / "documents.json").documents


def test_the_assets_name_no_other_server(build: Build) -> None:
    known = ("http://www.w3.org/", "https://react.dev/", "https://reactjs.org/", "https://formatjs.", "https://urql.")
    for name, file in build.assets.items():
        for address in re.findall(r"https?://[\w.-]+\.[a-z]{2,}[/\w.-]*", file.body.decode()):
            assert address.startswith(known), (name, address)


def test_the_folder_of_the_build_is_ignored_by_git() -> None:
    assert f"{FOLDER.relative_to(ROOT).as_posix()}/" in (ROOT / ".gitignore").read_text().split()
