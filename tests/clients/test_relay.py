"""Relay's compiler accepts the schema."""

import json
import shutil
from pathlib import Path

from execution.request import GraphQLRequest
from execution.trusted import load
from tests.clients.conftest import ROOT, Npm

FIXTURE = Path(__file__).parent / "relay"


def test_it_compiles_nodes_connections_and_mutations(npm: Npm, tmp_path: Path) -> None:
    """Refetched nodes, paginated connections, and edges that are deleted by id."""
    made = {path.name.removesuffix(".graphql.ts") for path in compile_fixture(npm, tmp_path).iterdir()}
    assert made == {
        "peopleQuery",
        "peoplePaginationQuery",
        "peopleRenameMutation",
        "peopleSessionsQuery",
        "peopleSignOutMutation",
        "peopleUserRefetchQuery",
        "people_sessions",
        "people_user",
        "people_users",
    }


def test_what_it_persists_is_a_manifest_of_trusted_documents(npm: Npm, tmp_path: Path) -> None:
    """A page sends the id that Relay compiled in, and the server finds the document."""
    code = (compile_fixture(npm, tmp_path) / "peopleRenameMutation.graphql.ts").read_text()
    document_id = code.partition('"id": "')[2].partition('"')[0]
    document = load(tmp_path / "documents.json").find(GraphQLRequest(document_id=document_id))
    assert document is not None
    assert document.startswith("mutation peopleRenameMutation(")


def compile_fixture(npm: Npm, folder: Path) -> Path:
    """Compile the fixture, and return the folder of the artifacts."""
    shutil.copytree(FIXTURE / "src", folder / "src")
    shutil.copy(ROOT / "schema.graphql", folder)
    manifest = folder / "documents.json"
    manifest.write_text("{}")
    config = json.loads((FIXTURE / "relay.config.json").read_text())
    config |= {"src": str(folder / "src"), "schema": str(folder / "schema.graphql")}
    config["persistConfig"]["file"] = str(manifest)
    (folder / "relay.config.json").write_text(json.dumps(config))
    npm("tests/clients", "exec", "--", "relay-compiler", str(folder / "relay.config.json"))
    return folder / "src" / "__generated__"
