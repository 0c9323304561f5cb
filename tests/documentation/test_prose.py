"""Commands, settings and links in the sentences of the pages."""

import re

import pytest

from commands import setting_names
from tests.documentation import shell
from tests.documentation.blocks import PAGES, ROOT

COMMAND = re.compile(r"`((?:[A-Z_]+=\S+ )*(?:(?:\.venv/bin/)?python server\.py|make|npm) [^`]+)`")
BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"\b(AUTHGRAPH_[A-Z_]*[A-Z]|WEB_CONCURRENCY)\b")
DEPLOYED = [
    f"deploy/{name}"
    for name in (
        "compose.yaml",
        "Dockerfile",
        "helm/authgraph/values.yaml",
        "helm/authgraph/templates/deployment.yaml",
        "nginx/authgraph.conf",
        "systemd/authgraph@.service",
        "table.yaml",
    )
]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def prose(page: str) -> str:
    """A page without its code blocks, each paragraph in one line."""
    return " ".join(BLOCK.sub("", (ROOT / page).read_text()).split())


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_sentences_can_be_run(page: str) -> None:
    for written in COMMAND.findall(prose(page)):
        try:
            shell.check_all(written, page)
        except shell.WrongCommand as error:
            pytest.fail(f"{page}: `{written}`: {error}")


@pytest.mark.parametrize("page", [*PAGES, ".env.example", *DEPLOYED])
def test_settings_exist(page: str) -> None:
    named = {*SETTING.findall((ROOT / page).read_text())}
    assert setting_names.unknown((name, "") for name in named) == {}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link leads to a file or folder."""
    file = ROOT / page
    targets = LINK.findall(file.read_text())
    assert [target for target in targets if not (file.parent / target).exists()] == []
