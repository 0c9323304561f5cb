"""The CDK's constructs make the table of CloudFormation's template, and a service that may use it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from commands import setting_names
from e2e.templates.conftest import DEPLOY, TOOLS, output

CDK: Final = DEPLOY / "cdk"
ADAPTERS: Final = {
    "partitionKey": "pk",
    "sortKey": "sk",
    "index": ("GSI1", "GSI1PK", "GSI1SK"),
    "expiry": "expires",
}
"""The table that the documentation of @auth/dynamodb-adapter makes with the CDK."""

Template = dict[str, Any]


@pytest.fixture(scope="session")
def built() -> Path:
    """The compiled constructs. Compiling checks their types."""
    output("node", CDK / "node_modules/typescript/bin/tsc", "--project", CDK)
    return CDK / "build/app.js"


@pytest.fixture(scope="session")
def synthesized(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the templates of the app."""
    folder = tmp_path_factory.mktemp("cdk")
    output("node", built, cwd=CDK, CDK_OUTDIR=str(folder))
    return folder


def _template(folder: Path, stack: str) -> Template:
    template: Template = json.loads((folder / f"{stack}.template.json").read_text())
    return template


def _only(template: Template, kind: str) -> dict[str, Any]:
    (found,) = [resource for resource in template["Resources"].values() if resource["Type"] == kind]
    return dict(found)


def _properties(template: Template, kind: str) -> dict[str, Any]:
    return dict(_only(template, kind)["Properties"])


def test_the_table_is_that_of_the_template(synthesized: Path, table: dict[str, Any]) -> None:
    made = _only(_template(synthesized, "IdentityTable"), "AWS::DynamoDB::Table")
    assert made["Properties"] == table | {"TableName": "next-auth"}
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_it_includes_the_table_that_the_adapter_documents(synthesized: Path) -> None:
    made = _properties(_template(synthesized, "IdentityTable"), "AWS::DynamoDB::Table")
    keys = {key["KeyType"]: key["AttributeName"] for key in made["KeySchema"]}
    indexes = {
        (index["IndexName"], *(key["AttributeName"] for key in index["KeySchema"]))
        for index in made["GlobalSecondaryIndexes"]
    }
    assert keys == {"HASH": ADAPTERS["partitionKey"], "RANGE": ADAPTERS["sortKey"]}
    assert ADAPTERS["index"] in indexes
    assert made["TimeToLiveSpecification"] == {"AttributeName": ADAPTERS["expiry"], "Enabled": True}


def test_a_server_may_do_what_the_policy_says_and_nothing_else(synthesized: Path, actions: set[str]) -> None:
    policy = _properties(_template(synthesized, "IdentityTable"), "AWS::IAM::ManagedPolicy")
    servers = _template(synthesized, "IdentityService")
    task = _properties(servers, "AWS::ECS::TaskDefinition")["TaskRoleArn"]["Fn::GetAtt"][0]
    of_the_role = [
        resource["Properties"]["PolicyDocument"]
        for resource in servers["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": task} in resource["Properties"]["Roles"]
    ]
    assert len(of_the_role) == 1
    for document in (policy["PolicyDocument"], *of_the_role):
        (statement,) = document["Statement"]
        assert {*statement["Action"]} == actions
        assert len(statement["Resource"]) == 4


def test_the_container_writes_nothing_and_gets_settings_that_exist(synthesized: Path) -> None:
    servers = _template(synthesized, "IdentityService")
    (container,) = _properties(servers, "AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert container["ReadonlyRootFilesystem"] is True
    assert container["MountPoints"] == [{"ContainerPath": "/tmp", "ReadOnly": False, "SourceVolume": "tmp"}]
    names = {variable["Name"] for variable in (*container["Environment"], *container["Secrets"])}
    assert {"AUTHGRAPH_TABLE_NAME", "AUTHGRAPH_TRUSTED_PROXIES", "AUTHGRAPH_SECRET_KEY"} <= names
    assert setting_names.unknown((name, "") for name in names) == {}
    assert _properties(servers, "AWS::ElasticLoadBalancingV2::TargetGroup")["HealthCheckPath"] == "/readyz"


def test_cloudformations_linter_finds_no_error(synthesized: Path) -> None:
    """The CDK itself names dependencies twice, which is a warning."""
    output(TOOLS / "cfn-lint", "--ignore-checks", "W3005", "--", *sorted(synthesized.glob("*.template.json")))


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"TABLE_NAME": "a"}, "tableName must be 3 to 200 letters"),
        ({"MIN_TASKS": "0"}, "minTasks must be at least 1"),
        ({"MIN_TASKS": "11"}, "minTasks must be at least 1, and maxTasks from minTasks to 1000."),
        ({"MIN_TASKS": "two"}, "minTasks must be at least 1"),
    ],
)
def test_a_parameter_out_of_range_makes_no_template(
    built: Path, tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    environment = os.environ | {"CDK_OUTDIR": str(tmp_path / "out")} | variables
    refused = subprocess.run(["node", built], cwd=CDK, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert f"RangeError: {sentence}" in refused.stderr
    assert not (tmp_path / "out/manifest.json").exists()
