"""The Terraform module makes the same table and policy as CloudFormation's template.

AWS's provider is in no package registry, so nothing is planned: the files are parsed and compared, and where Terraform
is installed, it checks their format and the conditions of the variables.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from commands import setting_names
from e2e.templates.conftest import DEPLOY, script

MODULE: Final = DEPLOY / "terraform"
SETTING: Final = re.compile(r"\bAUTHGRAPH_[A-Z_]+[A-Z0-9]\b")
SERVICE: Final = """service = {{
  image = "registry.example/authgraph:1", cluster_arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"
  subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"]
  target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/a/1"
  trusted_proxies = [{proxies}], tasks = {tasks}
  secrets = {{ AUTHGRAPH_ADMIN_KEY = "arn:a", {secret} = "arn:b" }}
}}
"""


def _service(proxies: str = '"10.0.0.0/16"', tasks: str = "2", secret: str = "AUTHGRAPH_SECRET_KEY") -> str:
    return SERVICE.format(proxies=proxies, tasks=tasks, secret=secret)


@pytest.fixture(scope="module")
def parsed() -> dict[str, Any]:
    """Every file of the module."""
    files: dict[str, Any] = script("module.py", MODULE)
    return files


def _block(files: dict[str, Any], file: str, group: str, kind: str, name: str) -> dict[str, Any]:
    (found,) = [block[kind][name] for block in files[file][group] if name in block.get(kind, ())]
    return dict(found)


def _keys(block: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"AttributeName": block["hash_key"], "KeyType": "HASH"},
        {"AttributeName": block["range_key"], "KeyType": "RANGE"},
    ]


def test_the_table_is_that_of_the_template(parsed: dict[str, Any], table: dict[str, Any]) -> None:
    made = _block(parsed, "table.tf", "resource", "aws_dynamodb_table", "identity")
    (expiry,) = made["ttl"]
    assert {
        "TableName": "TableName",
        "BillingMode": made["billing_mode"],
        "DeletionProtectionEnabled": made["deletion_protection_enabled"],
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": made["point_in_time_recovery"][0]["enabled"]
        },
        "SSESpecification": {"SSEEnabled": made["server_side_encryption"][0]["enabled"]},
        "TimeToLiveSpecification": {"AttributeName": expiry["attribute_name"], "Enabled": expiry["enabled"]},
        "AttributeDefinitions": [
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]} for attribute in made["attribute"]
        ],
        "KeySchema": _keys(made),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index["name"],
                "KeySchema": _keys(index),
                "Projection": {"ProjectionType": index["projection_type"]},
            }
            for index in made["global_secondary_index"]
        ],
    } == table
    assert made["lifecycle"] == [{"prevent_destroy": True}]


def test_a_server_may_do_what_the_policy_says_and_nothing_else(parsed: dict[str, Any], actions: set[str]) -> None:
    (statement,) = _block(parsed, "policy.tf", "data", "aws_iam_policy_document", "server")["statement"]
    assert {*statement["actions"]} == actions
    assert len(statement["resources"]) == 4


def test_the_container_gets_settings_that_exist() -> None:
    names = {name for file in MODULE.glob("*.tf") for name in SETTING.findall(file.read_text())}
    assert {"AUTHGRAPH_TABLE_NAME", "AUTHGRAPH_TRUSTED_PROXIES"} <= names
    assert setting_names.unknown((name, "") for name in names) == {}


# With Terraform itself


@pytest.fixture
def terraform(tmp_path: Path) -> Any:
    """Runs Terraform in a folder with the variables only, which need no provider."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("Terraform is not installed, and no package registry has it")
    shutil.copy(MODULE / "variables.tf", tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        return subprocess.run(
            [program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_its_format_is_terraforms(terraform: Any) -> None:
    assert terraform("fmt", "-check", "-diff", str(MODULE)).stdout == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("", None),
        (_service(), None),
        ('table_name = "a"', "table_name must be 3 to 200 letters"),
        (_service(tasks="0"), "service.tasks must be at least 1"),
        (_service(tasks="11"), "service.max_tasks from service.tasks to 1000"),
        (_service(proxies=""), "service.trusted_proxies must name"),
        (_service(secret="AUTHGRAPH_AUTH_SECRET"), "service.secrets must have AUTHGRAPH_ADMIN_KEY and"),
    ],
)
def test_a_variable_out_of_range_is_refused(terraform: Any, tmp_path: Path, values: str, sentence: str | None) -> None:
    (tmp_path / "terraform.tfvars").write_text(values)
    terraform("init", "-input=false", "-no-color")
    planned = terraform("plan", "-input=false", "-no-color", "-lock=false")
    assert (planned.returncode == 0) is (sentence is None), planned.stdout + planned.stderr
    assert (sentence or "") in " ".join(planned.stderr.replace("│", " ").split())
