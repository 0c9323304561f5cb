"""Every code block of every page is checked by a tool of its language, and run where that is possible.

A test's name ends with the page and the line of the block. A block in a language without a check fails.
"""

import ast
import inspect
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    build_schema,
    is_type_system_definition_node,
    parse,
    print_ast,
    validate,
)

from commands import setting_names
from commands.dotenv_file import ADOPTED, read_lines
from commands.tracing import check_tracing
from execution.trusted import load
from tests.clients.test_relay import FIXTURE as RELAY
from tests.documentation import shell, typescript
from tests.documentation.blocks import BLOCKS, PAGES, ROOT, Block, blocks_of, read_blocks, written_in
from tests.processes import Served
from tests.test_contributing import PLACE, Step
from web.settings import ServerSettings

yaml: Any = import_module("yaml")
CHECKED = {"dotenv", "graphql", "json", "python", "sh", "text", "yaml", *typescript.EXTENSIONS}
NOT_RUN = {
    "README.md": ["make run"],
    "CONTRIBUTING.md": ["make run"],
    "clients/typescript/README.md": ["npm install @authgraph/adapter", "npm ci && npm pack", "npm ci"],
    "console/README.md": ["make run"],
    "docs/back-office.md": ["keys create", "directory build"],
    "docs/export-and-import.md": ["export users.jsonl", "import users.jsonl"],
    "docs/federation.md": ["schema subgraph", "rover"],
    "docs/operations.md": ["keys create", "doctor"],
    "docs/operations/fargate.md": [
        "aws ecr create-repository",
        "docker build --platform",
        "aws secretsmanager create-secret",
        "aws acm request-certificate",
        "cd deploy/cdk &&",
        "npx aws-cdk@2 deploy",
        "npx aws-cdk@2 deploy",
        "curl https://auth.example.com/readyz",
        "ADMIN_KEY=",
        "KEY=the-secret-of-step-9",
        "docker run --read-only",
    ],
    "docs/operations/incidents.md": ["keys list", "restore-table"],
    "docs/operations/kubernetes.md": [
        "docker build --file",
        "aws cloudformation deploy",
        "eksctl create iamserviceaccount",
        "kubectl create namespace",
        "kubectl get pods",
        "helm lint deploy/helm/authgraph",
        "helm upgrade --install",
        "kubectl get ingress",
        "helm upgrade identity",
        "kubectl exec",
    ],
    "docs/operations/lambda.md": [
        "aws cloudformation deploy",
        "aws secretsmanager create-secret",
        "make lambda",
        "sam validate --lint",
        "sam deploy --stack-name",
        "URL=https://your-function.lambda-url.eu-central-1.on.aws/",
        "export AUTHGRAPH_ENV=production",
        "curl",
        "sam deploy --stack-name",
        "sam logs --stack-name",
    ],
    "docs/operations/one-machine.md": [
        "apt-get install git",
        "make install PYTHON=/usr/bin/python3",
        "export AUTHGRAPH_ENV=production AWS_REGION=eu-central-1",
        "aws iam put-role-policy",
        "printf",
        "install -m 644",
        "install -d -m",
        "install -m 644",
        "systemctl reload-or-restart nginx",
        "KEY=",
        "systemctl restart authgraph@8001",
    ],
    "docs/performance.md": ["make bench"],
    "e2e/README.md": ["make run"],
    "examples/account-page/README.md": ["make run", "npm run dev"],
}
"""The shell blocks that are only checked, by a part of their first line. The reason is in a comment of the page."""


def next_block(block: Block) -> Block | None:
    """The block that comes after it on the page."""
    page = blocks_of(block.page)
    after = page.index(block) + 1
    return page[after] if after < len(page) else None


def previous_block(block: Block) -> Block | None:
    """The block that comes before it on the page."""
    page = blocks_of(block.page)
    before = page.index(block) - 1
    return page[before] if before >= 0 else None


# All of them


def test_every_page_with_code_is_found() -> None:
    assert {"README.md", "docs/frontend.md", "docs/auth-js.md", "clients/typescript/README.md"} <= {*PAGES}
    assert len(BLOCKS) > 40


def test_every_language_has_a_check() -> None:
    """A block without a language has none."""
    assert [f"{block}: {block.language!r}" for block in BLOCKS if block.language not in CHECKED] == []


def test_what_is_not_run_is_listed_and_says_why() -> None:
    found: dict[str, list[Block]] = {}
    for block in BLOCKS:
        if block.not_run:
            found.setdefault(block.page, []).append(block)
    assert found.keys() == NOT_RUN.keys()
    for page, blocks in found.items():
        for block, part in zip(blocks, NOT_RUN[page], strict=True):
            assert part in block.text.splitlines()[0]
            assert len(str(block.not_run).split()) > 3


@pytest.mark.parametrize("text", ["```sh\nmake run\n", "1. One\n\n   ```sh\n   make run\n```\n"])
def test_a_block_that_is_not_closed_is_no_prose(text: str) -> None:
    with pytest.raises(ValueError, match=r"page\.md is not closed"):
        read_blocks("page.md", text)


def test_a_block_has_its_place_and_the_comments_above_it() -> None:
    text = "# A\n\n- b\n\n  <!-- not run: it takes long -->\n\n  ```sh\n  make run\n  ```\n"
    (block,) = read_blocks("page.md", text)
    assert (str(block), block.language, block.text) == ("page.md:8", "sh", "make run\n")
    assert block.not_run == "it takes long"


# GraphQL


@pytest.fixture(scope="session")
def sdl() -> GraphQLSchema:
    """The schema that clients get."""
    return build_schema((ROOT / "schema.graphql").read_text())


@pytest.fixture(scope="session")
def person(server: Served, admin_key: str) -> str:
    """The session token of somebody who is signed in."""
    return register(server, admin_key, "grace")


def register(server: Served, admin_key: str, name: str) -> str:
    """Sign somebody up. Returns their session token."""
    registered = server.data(
        """mutation($input: RegisterUserInput!) {
          registerUser(input: $input) { session { token } userErrors { message } }
        }""",
        admin_key,
        input={
            "user": {"name": f"{name.title()} Example", "email": f"{name}@demo.example"},
            "account": {"provider": "github", "providerAccountId": name, "type": "oauth"},
            "session": {},
        },
    )["registerUser"]
    assert registered["userErrors"] == []
    token: str = registered["session"]["token"]
    return token


@pytest.fixture(scope="session")
def own_ids(server: Served, person: str) -> dict[str, str]:
    """The global ids of this person and of their session."""
    return ids_of(server, person)


def ids_of(server: Served, person: str) -> dict[str, str]:
    """The global ids of a person and of their session."""
    viewer = server.data("{ viewer { user { id } session { id } } }", person)["viewer"]
    return {name: viewer[name]["id"] for name in ("user", "session")}


def declared_variables(block: Block) -> dict[str, str]:
    """The variables of a query with their types."""
    return {
        variable.variable.name.value: print_ast(variable.type)
        for definition in parse(block.text).definitions
        if isinstance(definition, OperationDefinitionNode)
        for variable in definition.variable_definitions or ()
    }


def variables_beside(block: Block) -> dict[str, Any]:
    """The JSON block that follows the query, if the query has variables."""
    declared, after = declared_variables(block), next_block(block)
    if not declared or after is None or after.language != "json":
        return {}
    variables: dict[str, Any] = json.loads(after.text)
    assert {*variables} <= {*declared}, f"{after} has variables that {block} does not declare"
    return variables


def defines_types(block: Block) -> bool:
    """Whether it is a schema, of another service, and no query."""
    return any(is_type_system_definition_node(node) for node in parse(block.text).definitions)


QUERIES = [block for block in written_in("graphql") if not defines_types(block)]


@pytest.mark.parametrize("block", QUERIES, ids=str)
def test_a_query_is_valid(block: Block, sdl: GraphQLSchema) -> None:
    assert validate(sdl, parse(block.text)) == []


@pytest.mark.parametrize("block", [block for block in written_in("graphql") if defines_types(block)], ids=str)
def test_the_schema_of_another_service_names_our_types_by_fields_that_they_have(
    block: Block, sdl: GraphQLSchema
) -> None:
    for node in parse(block.text).definitions:
        ours = sdl.type_map.get(node.name.value) if isinstance(node, ObjectTypeDefinitionNode) else None
        if isinstance(node, ObjectTypeDefinitionNode) and isinstance(ours, GraphQLObjectType):
            keys = [print_ast(directive) for directive in node.directives or () if directive.name.value == "key"]
            assert {name for key in keys for name in re.findall(r"\w+", key.partition('"')[2])} <= {*ours.fields}


CREATE = "mutation($id: ID!) { createUser(input: {userId: $id}) { user { id } } }"


@pytest.mark.parametrize("block", QUERIES, ids=str)
def test_a_query_is_answered(
    block: Block,
    server: Served,
    conversation: Mapping[Block, str],
    admin_key: str,
    person: str,
    own_ids: dict[str, str],
) -> None:
    """With the variables beside it. A global id cannot be printed on a page: it is one of the person who asks.

    An administrator asks what is not about the viewer.
    """
    assert conversation  # has registered the user whom the pages speak of
    if "mergeUsers" in block.text:
        for user_id in ("ada", "ada-before"):
            server.data(CREATE, admin_key, id=user_id)
    if "deleteUser" in block.text:
        # Others need the person of the other pages.
        person = register(server, admin_key, "leaving")
        own_ids = ids_of(server, person)
    variables = variables_beside(block)
    for name, kind in declared_variables(block).items():
        if kind == "ID!" and variables.get(name, "…") == "…":
            variables[name] = own_ids[name]
    is_own = any(value in own_ids.values() for value in variables.values())
    key = person if is_own or "viewer" in block.text else admin_key

    data = server.data(block.text, key, **variables)

    assert None not in data.values()
    assert [payload["userErrors"] for payload in data.values() if "userErrors" in payload] in ([], [[]])


# Shell


@pytest.mark.parametrize("block", written_in("sh"), ids=str)
def test_a_command_is_answered_as_printed_or_can_be_run(block: Block, conversation: Mapping[Block, str]) -> None:
    if block in conversation:
        after = next_block(block)
        assert after is not None
        assert conversation[block] == after.text.rstrip("\n")
        return
    assert block.not_run, "Nothing runs this block: say why in a comment above it"
    shell.check_all(block.text, block.page)


@pytest.mark.parametrize(
    "command",
    [
        "make walk",
        "make bench ARGS='--only viewers'",
        "make test ARGS='tests/nothing.py'",
        "python server.py keys create --nam x",
        "python server.py keys make",
        "python server.py seed many",
        "npm run nothing",
        "npm install not-a-package",
        "pip install authgraph",
        "cd nowhere && npm ci",
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    with pytest.raises((shell.WrongCommand, ValueError)):
        shell.check_all(f"AWS_REGION=x {command}  # a comment", "clients/typescript/README.md")


# Settings


@pytest.mark.parametrize("block", written_in("dotenv"), ids=str)
def test_settings_exist_and_have_values_that_are_accepted(block: Block, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(block.text)

    names = [line.name for line in read_lines(file)]

    assert names
    assert len(names) == len({*names})
    assert setting_names.unknown((name, "") for name in names) == {}
    read = [settings(_env_file=file) for settings in setting_names.CLASSES]
    changed = {name for one in read for name in one.model_fields_set}
    values = {name: value or "" for name, value in dotenv_values(file).items()}
    ours = {name for name in values if not name.startswith(ADOPTED)}
    assert {name.lower().removeprefix("authgraph_") for name in ours} <= changed
    check_tracing(ServerSettings(_env_file=file), values)


# JSON


@pytest.mark.parametrize("block", written_in("json"), ids=str)
def test_json_is_what_the_page_says_it_is(block: Block, conversation: Mapping[Block, str], tmp_path: Path) -> None:
    """An answer, variables, a line of the log, or a file that a tool reads."""
    value = json.loads(block.text)
    before = previous_block(block)
    if block.file == "relay.config.json":
        compile_with(value, tmp_path)
    elif "logger" in value:
        # `tests/commands/test_logs.py` compares it with a line of the log.
        assert value["message"]
    elif before is not None and before.language == "graphql":
        assert variables_beside(before) == value
    else:
        assert before in conversation


def compile_with(config: dict[str, Any], folder: Path) -> None:
    """Run Relay's compiler, and read the manifest that it writes as the server does."""
    shutil.copytree(RELAY / "src", folder / config["src"])
    shutil.copy(ROOT / "schema.graphql", folder / config["schema"])
    manifest = folder / config["persistConfig"]["file"]
    manifest.write_text("{}")
    (folder / "relay.config.json").write_text(json.dumps(config))
    compiler = ROOT / "tests/clients/node_modules/.bin/relay-compiler"
    if not compiler.exists():
        pytest.skip("the npm packages of tests/clients are not installed: run `make setup`")

    process = subprocess.run([compiler, "relay.config.json"], cwd=folder, capture_output=True, text=True, check=False)

    assert process.returncode == 0, process.stdout + process.stderr
    assert load(manifest).documents


# YAML


@pytest.mark.parametrize("block", written_in("yaml"), ids=str)
def test_yaml_is_an_object(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.text), dict)


# TypeScript


@pytest.mark.parametrize("block", written_in(*typescript.EXTENSIONS), ids=str)
def test_a_script_passes_the_type_check(block: Block, type_faults: Mapping[Block, list[str]]) -> None:
    """Strictly, against the packages that it imports."""
    assert "import " in block.text, "It cannot be copied without its imports"
    assert type_faults.get(block, []) == []


# Python


@pytest.mark.parametrize("block", written_in("python"), ids=str)
async def test_python_code_can_be_put_where_it_belongs(
    block: Block, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In the file that its first line names. A whole test, with its imports, is run."""
    place = PLACE.match(block.text)
    if place:
        name, where, names = place.groups()
        file = tmp_path / name
        file.parent.mkdir()
        shutil.copy(ROOT / name, file)
        Step(name, where, tuple((names or "").split(" and ")) if names else (), block.text[place.end() :]).take(
            tmp_path
        )
        ast.parse(file.read_text())
        return
    code = compile(block.text, str(block), "exec")
    if "import " not in block.text:
        return
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    (test,) = (value for name, value in namespace.items() if name.startswith("test_"))
    await test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})


# Drawings


@pytest.mark.parametrize("block", written_in("text"), ids=str)
def test_a_drawing_shows_folders_that_exist(block: Block) -> None:
    shown = re.findall(r"^ *(\w+)/", block.text, re.MULTILINE)
    assert shown
    assert [name for name in shown if not any((ROOT / parent / name).is_dir() for parent in ("", "dynamo"))] == []
