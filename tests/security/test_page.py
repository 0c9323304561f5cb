"""The page about security names settings and metrics that exist. `test_documentation.py` checks its rows."""

import re
from pathlib import Path

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
