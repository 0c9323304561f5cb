"""Apollo Client and urql with persisted queries, automatic ones and those of a manifest."""

import json
from collections.abc import Mapping
from pathlib import Path

from dynamo.settings import TableSettings
from tests.clients.conftest import Npm
from tests.processes import serving

PACKAGE = "tests/clients"
DOCUMENT = "query Trusted { caller { kind } }\n"


def test_both_clients_are_answered(
    npm: Npm, server: Mapping[str, str], table_settings: TableSettings, tmp_path: Path
) -> None:
    """By a server as it comes, and by one that was given what Apollo's tool has made of a page's documents."""
    manifest = make_manifest(npm, tmp_path)
    assert table_settings.dynamodb_endpoint_url is not None
    trusting = {
        "AUTHGRAPH_ADMIN_KEY": server["AUTHGRAPH_ADMIN_KEY"],
        "AUTHGRAPH_TABLE_NAME": table_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": table_settings.dynamodb_endpoint_url,
        "AUTHGRAPH_DOCUMENTS": str(manifest),
    }
    with serving(tmp_path, **trusting) as other:
        npm(PACKAGE, "test", **server, TRUSTING_URL=f"{other.url}/graphql", MANIFEST=str(manifest))


def make_manifest(npm: Npm, folder: Path) -> Path:
    """What `generate-persisted-query-manifest` writes for one document."""
    (folder / "page.graphql").write_text(DOCUMENT)
    manifest = folder / "manifest.json"
    config = folder / "persisted-query-manifest.config.json"
    config.write_text(json.dumps({"documents": [str(folder / "*.graphql")], "output": str(manifest)}))
    npm(PACKAGE, "exec", "--", "generate-persisted-query-manifest", "--config", str(config))
    return manifest
