"""The IAM policies allow what the code sends, on each table that servers use, and nothing else."""

import json
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any

import pytest

from dynamo.settings import TableSettings
from tests.deploy.requested_actions import making_tables, modules_with_requests, serving
from tests.processes import ROOT

yaml: Any = import_module("yaml")
TABLE = TableSettings(_env_file=None).table_name
RESTORED = f"{TABLE}-restored-2026-11-26"
POLICIES = ["policy-server.json", "policy-operator.json"]


def statements(name: str) -> dict[str, dict[str, Any]]:
    """The statements of a policy, by their ids."""
    policy = json.loads((ROOT / "deploy" / name).read_text())
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def actions(statement: dict[str, Any]) -> set[str]:
    """The actions of a statement, without the name of the service."""
    assert len({*statement["Action"]}) == len(statement["Action"])
    return {action.removeprefix("dynamodb:") for action in statement["Action"]}


def is_covered(statement: dict[str, Any], resource: str) -> bool:
    """Whether the statement is about the table or index. IAM's `*` stands for any text, as in a file pattern."""
    arn = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{resource}"
    return any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])


def test_a_server_may_send_what_it_sends_and_nothing_else() -> None:
    (statement,) = statements("policy-server.json").values()
    assert actions(statement) == serving()


def test_whoever_makes_the_table_may_send_what_that_takes_and_nothing_else() -> None:
    assert actions(statements("policy-operator.json")["MakeAndCompleteTheTable"]) == making_tables()


def test_the_template_gives_a_server_the_same_permissions() -> None:
    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """Reads CloudFormation's short functions as their arguments."""

    Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))
    template = yaml.load((ROOT / "deploy/table.yaml").read_text(), Loader)
    (statement,) = template["Resources"]["ServerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert actions(statement) == serving()
    assert statement["Resource"] == [
        "Table.Arn",
        "${Table.Arn}/index/*",
        "${Table.Arn}-restored-*",
        "${Table.Arn}-restored-*/index/*",
    ]


def test_no_module_sends_requests_that_no_policy_is_compared_with() -> None:
    """The client of the table has its own way to send, and is always compared."""
    assert modules_with_requests() == {
        f"dynamo/tables/{name}.py" for name in ("capability", "description", "lifecycle")
    }


@pytest.mark.parametrize(("name", "sid"), [(name, sid) for name in POLICIES for sid in statements(name)])
@pytest.mark.parametrize("other", ["users", f"{TABLE}2", "my-next-auth"])
def test_no_statement_is_about_another_table(name: str, sid: str, other: str) -> None:
    assert not is_covered(statements(name)[sid], other)


@pytest.mark.parametrize(
    ("name", "sid"), [("policy-server.json", "ServeTheTable"), ("policy-operator.json", "MakeAndCompleteTheTable")]
)
@pytest.mark.parametrize("table", [TABLE, RESTORED])
def test_the_table_its_indexes_and_what_a_backup_is_restored_to_are_covered(name: str, sid: str, table: str) -> None:
    statement = statements(name)[sid]
    assert is_covered(statement, table)
    assert is_covered(statement, f"{table}/index/GSI1")
    assert is_covered(statement, f"{table}/index/GSI2")


def test_a_restore_may_read_the_table_and_write_the_new_one_only() -> None:
    """AWS asks for the permission to restore on the source, and for reads and writes on the target."""
    operator = statements("policy-operator.json")
    assert actions(operator["RestoreFromTheTable"]) == {"RestoreTableToPointInTime"}
    assert is_covered(operator["RestoreFromTheTable"], TABLE)
    assert "BatchWriteItem" in actions(operator["FillTheRestoredTable"])
    assert is_covered(operator["FillTheRestoredTable"], RESTORED)
    assert not is_covered(operator["FillTheRestoredTable"], TABLE)
