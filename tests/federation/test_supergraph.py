"""authgraph as a subgraph: composed with another one, and asked through Apollo's gateway."""

from pathlib import Path

from dynamo.settings import TableSettings
from tests.clients.conftest import Npm, npm
from tests.processes import ADMIN_KEY, serving

__all__ = ["npm"]

ORIGIN = "https://app.example"


def test_the_gateway_answers_from_both_subgraphs(npm: Npm, table_settings: TableSettings, tmp_path: Path) -> None:
    """With the credentials of people, of programs and of nobody."""
    assert table_settings.dynamodb_endpoint_url is not None
    settings = {
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_ALLOWED_ORIGINS": ORIGIN,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
        "AUTHGRAPH_FEDERATION": "true",
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
    }
    with serving(tmp_path, **settings) as server:
        url = f"{server.url}/graphql"
        npm("tests/federation", "test", AUTHGRAPH_URL=url, AUTHGRAPH_ADMIN_KEY=ADMIN_KEY, AUTHGRAPH_ORIGIN=ORIGIN)
