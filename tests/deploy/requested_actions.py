"""The IAM actions that authgraph needs, read from its code. A request that is added needs an action in a policy."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from botocore import xform_name
from botocore.session import get_session

from tests.processes import ROOT

TRANSACTIONS: Final = {"TransactWriteItems", "TransactGetItems"}
"""IAM has no action for these. What is in a transaction needs the action of the same request alone."""
IN_TRANSACTIONS: Final = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
NOT_NEEDED: Final = {"DescribeContinuousBackups"}
"""A server that may not send these starts all the same: `table describe` prints "unknown"."""


@cache
def operations() -> dict[str, str]:
    """Every operation of DynamoDB, by the name of its method in boto3."""
    return {xform_name(name): name for name in get_session().get_service_model("dynamodb").operation_names}


def serving() -> set[str]:
    """The actions of a server: requests for items, and the check of the table before it listens."""
    checks = {*_methods("dynamo/tables/description.py"), *_methods("dynamo/tables/capability.py")}
    return (requests_for_items() | checks) - NOT_NEEDED - TRANSACTIONS


def making_tables() -> set[str]:
    """The actions of whoever runs `table create`."""
    return {*_methods("dynamo/tables/lifecycle.py"), *_methods("dynamo/tables/description.py")}


def requests_for_items() -> set[str]:
    """The actions of what the client of the table can send."""
    tree = _tree("dynamo/client.py")
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    sent = texts & {*operations().values()}
    keys = [key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys]
    members = {key.value for key in keys if isinstance(key, ast.Constant)}
    return (sent - TRANSACTIONS) | {action for member, action in IN_TRANSACTIONS.items() if member in members}


def modules_with_requests() -> set[str]:
    """The modules that send requests with boto3."""
    files = (file for folder in ("commands", "dynamo", "web") for file in (ROOT / folder).rglob("*.py"))
    names = (file.relative_to(ROOT).as_posix() for file in files)
    return {name for name in names if next(_methods(name), None)}


def _methods(module: str) -> Iterator[str]:
    """The operations whose boto3 methods a module calls on a client."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in operations():
            of = node.func.value
            if (isinstance(of, ast.Name) and of.id == "client") or isinstance(of, ast.Call):
                yield operations()[node.func.attr]


def _tree(module: str) -> ast.Module:
    return ast.parse(Path(ROOT / module).read_text())
