"""Tools of the GraphQL world work on our schema, our documents and our server.

Apollo Client, urql, relay-compiler and Apollo's manifests are in tests/clients, and schemathesis is in tests/security.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from execution.request import GraphQLRequest
from execution.trusted import load
from tests.clients.conftest import ROOT
from tests.documentation.blocks import blocks_of
from tests.documentation.typescript import OPTIONS, compile_project
from tests.tools.conftest import TOOLS, Run, named_documents

RELAY_COMPILER = ROOT / "tests/clients/node_modules/.bin/relay-compiler"
MIN_MUTATIONS = 12
"""The adapter alone has as many."""


def type_check(folder: Path, *files: str) -> None:
    """Compile the files strictly, with all that they import."""
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": files}))
    assert compile_project(folder) == ""


def test_graphql_eslint_finds_nothing(node: Run, project: Path) -> None:
    """With the recommended rules and those of Relay. It does find what Relay forbids in another schema."""
    files = len([*project.glob("schema.graphql"), *project.glob("documents/**/*.graphql")])
    found = json.loads(node("lint.mjs", project))
    assert found == {"files": files, "faults": [], "wrong": ["@graphql-eslint/relay-page-info"]}


def test_graphql_inspector_finds_no_breaking_change_and_no_invalid_document(node: Run, project: Path) -> None:
    found = json.loads(node("inspect.mjs", project))
    mutations = found.pop("mutations")
    assert found == {"breaking": [], "invalid": [], "deprecated": []}
    assert len(mutations) >= MIN_MUTATIONS


def test_graphql_inspector_would_find_a_field_that_is_gone(node: Run, project: Path) -> None:
    schema = project / "schema.graphql"
    schema.write_text(schema.read_text().replace("  emailVerified: DateTime", "  emailVerifiedAt: DateTime"))
    found = json.loads(node("inspect.mjs", project))
    assert "Field 'emailVerified' was removed from object type 'User'" in found["breaking"]
    assert any("emailVerified" in fault for fault in found["invalid"])


def test_the_code_generator_makes_types_and_a_manifest_with_the_config_of_the_guide(node: Run, project: Path) -> None:
    (config,) = [block.text for block in blocks_of("docs/frontend.md") if block.file == "codegen.ts"]
    documents = named_documents()
    (project / "codegen.ts").write_text(config)
    (project / "src").mkdir()
    (project / "src" / "page.tsx").write_text(page(documents))

    node("graphql-codegen", "--config", "codegen.ts", cwd=project)

    type_check(project, "codegen.ts", "src/page.tsx")
    manifest = project / "src/gql/persisted-documents.json"
    trusted = load(manifest)
    for name, text in json.loads(manifest.read_text()).items():
        assert trusted.find(GraphQLRequest(document_id=name)) == text
    assert len(trusted.documents) == len(documents)
    node("trusted.mjs", manifest)


def page(documents: Mapping[str, str]) -> str:
    """A component that uses what the code generator makes of the documents."""
    constants = [f"export const {name} = graphql(`{text}`);" for name, text in documents.items()]
    return "\n".join(
        [
            'import { useQuery } from "urql";',
            'import { graphql } from "./gql";',
            *constants,
            "export function Names() {",
            "  const [{ data }] = useQuery({ query: Users, variables: { after: null } });",
            "  return <ul>{data?.users?.nodes.map(({ id, name }) => <li key={id}>{name?.trim()}</li>)}</ul>;",
            "}",
        ]
    )


def test_gql_tada_infers_the_types_of_documents(node: Run, project: Path) -> None:
    shutil.copy(TOOLS / "tada" / "account.ts", project)

    node("tada.mjs", project)

    type_check(project, "account.ts")


def test_relay_removes_the_edge_of_a_deleted_session(node: Run, project: Path, server: Mapping[str, str]) -> None:
    shutil.copytree(TOOLS / "relay" / "src", project / "src")
    config = {"src": "./src", "schema": "./schema.graphql", "language": "javascript", "eagerEsModules": True}
    (project / "relay.config.json").write_text(json.dumps(config))
    (project / "package.json").write_text('{"type": "module"}')
    node(str(RELAY_COMPILER.resolve()), cwd=project)

    node("relay.mjs", project / "src" / "__generated__", **server)


def test_tanstack_query_reads_a_list_page_by_page(node: Run, server: Mapping[str, str]) -> None:
    node("tanstack.mjs", **server)


def test_a_stitched_schema_reads_all_users_at_once(node: Run, server: Mapping[str, str]) -> None:
    node("stitch.mjs", **server)


def test_a_client_that_ariadne_codegen_generates_is_answered(
    python: Run, project: Path, server: Mapping[str, str]
) -> None:
    scalars = "".join(
        f'[tool.ariadne-codegen.scalars.{name}]\ntype = "{python_type}"\n'
        for name, python_type in {"DateTime": "str", "BigInt": "int", "JSON": "object"}.items()
    )
    (project / "documents" / "Caller.graphql").write_text("query Caller { caller { kind } }\n")
    (project / "pyproject.toml").write_text(
        f'[tool.ariadne-codegen]\nschema_path = "schema.graphql"\nqueries_path = "documents"\n{scalars}'
    )

    python("ariadne-codegen", cwd=project)

    assert answer(python, "ariadne_client.py", project, server)["caller"] == "API_KEY"


def test_types_that_sgqlc_generates_make_operations_that_are_answered(
    python: Run, project: Path, server: Mapping[str, str]
) -> None:
    """From the answer to its introspection query."""
    bearer = f"Authorization=Bearer {server['AUTHGRAPH_ADMIN_KEY']}"
    python("python", "-m", "sgqlc.introspection", "-H", bearer, server["AUTHGRAPH_URL"], "schema.json", cwd=project)
    python("sgqlc-codegen", "schema", "schema.json", "sgqlc_schema.py", cwd=project)

    assert answer(python, "sgqlc_client.py", project, server)["caller"] == "API_KEY"


def answer(python: Run, script: str, folder: Path, server: Mapping[str, str]) -> dict[str, object]:
    """What a script prints that asks the server."""
    printed: dict[str, object] = json.loads(
        python(script, server["AUTHGRAPH_URL"], server["AUTHGRAPH_ADMIN_KEY"], cwd=folder)
    )
    return printed
