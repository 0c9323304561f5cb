"""The page about security names settings and metrics that exist. `test_documentation.py` checks its rows."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

import execution.metrics  # noqa: F401 - registers what is described
from execution.settings import Limits
from resolvers.settings import Visibility
from web.settings import ServerSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_setting_that_is_named_exists() -> None:
    fields = {
        f"AUTHGRAPH_{name.upper()}" for model in (Limits, ServerSettings, Visibility) for name in model.model_fields
    }
    named = {name for name in re.findall(r"`(AUTHGRAPH_[A-Z_]+)`", PAGE) if not name.endswith("_")}
    assert named <= fields


def test_every_metric_is_described() -> None:
    names = {family.name for family in REGISTRY.collect() if family.name.startswith("authgraph_")}
    assert "authgraph_errors" in names
    for name in names:
        short = name.replace("authgraph_dynamodb", "…") if "units" in name else name
        assert short in PAGE
