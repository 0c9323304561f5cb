"""The account page of examples/account-page in headless Chromium, signed in with an Auth.js cookie."""

import json
import os
import shutil
from collections.abc import Mapping

import pytest

from execution.request import GraphQLRequest
from execution.trusted import load
from tests.clients.conftest import ROOT, Npm

PACKAGE = "examples/account-page"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install it, or name it in CHROMIUM")
def test_the_page_builds_and_works_in_a_browser(npm: Npm, server: Mapping[str, str]) -> None:
    """It shows the person's own data, and signs out one device, every other device, and this one."""
    npm(PACKAGE, "test", **server, CHROMIUM=str(CHROMIUM))


def test_its_documents_are_a_manifest_of_trusted_documents() -> None:
    """AUTHGRAPH_DOCUMENTS accepts what code generation writes, and each document is found by the page's name for it."""
    path = ROOT / PACKAGE / "src/gql/persisted-documents.json"
    trusted = load(path)
    for name, text in json.loads(path.read_text()).items():
        request = GraphQLRequest(extensions={"persistedQuery": {"version": 1, "sha256Hash": name}})
        assert trusted.find(request) == text
