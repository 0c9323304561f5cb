"""An engine without transactions is recognised before anything is created or served."""

from typing import TYPE_CHECKING

import pytest

from dynamo.aws_errors import AccessDenied, EndpointUnreachable, TableMissing, Unsupported
from dynamo.settings import TableSettings
from dynamo.tables.capability import require_transactions
from dynamo.tables.lifecycle import create_table, describe_table
from tests.counting_proxy import CountingProxy
from tests.interop.raw import RawTable
from tests.processes import ADMIN_KEY, SECRET_KEY, refusal, run
from tests.tables import any_names

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

CANNOT = "has no TransactWriteItems: authgraph needs Amazon DynamoDB, or an engine with transactions"


def without_transactions(proxy: CountingProxy) -> None:
    """An engine that responds as dynalite and ScyllaDB's Alternator do."""
    proxy.fail_next("TransactWriteItems", "UnknownOperationException", times=10)


@any_names
def test_an_engine_with_transactions_passes_and_nothing_is_written(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    require_transactions(proxied_settings)
    assert proxy.operations == ["TransactWriteItems"]
    assert RawTable(proxied_settings).items() == []


def test_an_engine_without_them_is_refused(proxied_settings: TableSettings, proxy: CountingProxy) -> None:
    without_transactions(proxy)
    with pytest.raises(Unsupported, match=CANNOT):
        require_transactions(proxied_settings)


def test_an_engine_that_ignores_conditions_is_refused(proxied_settings: TableSettings, proxy: CountingProxy) -> None:
    proxy.answer_next("TransactWriteItems", {})
    with pytest.raises(Unsupported, match="accepts a transaction whose condition is false"):
        require_transactions(proxied_settings)


def test_credentials_that_may_not_write_are_told_which_actions_to_allow(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    proxy.fail_next("TransactWriteItems", "AccessDeniedException")
    with pytest.raises(AccessDenied, match="allow dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem"):
        require_transactions(proxied_settings)


def test_credentials_that_are_refused_are_told_so(proxied_settings: TableSettings, proxy: CountingProxy) -> None:
    proxy.fail_next("TransactWriteItems", "UnrecognizedClientException")
    with pytest.raises(AccessDenied, match="refused"):
        require_transactions(proxied_settings)


def test_a_missing_table_is_left_to_the_check_of_the_table(proxied_settings: TableSettings) -> None:
    require_transactions(proxied_settings.model_copy(update={"table_name": "nowhere"}))


def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(EndpointUnreachable):
        require_transactions(TableSettings(dynamodb_endpoint_url="http://127.0.0.1:9", dynamodb_max_attempts=1))


def test_no_table_is_made_on_an_engine_without_transactions(
    proxied_settings: TableSettings, proxy: CountingProxy
) -> None:
    settings = proxied_settings.model_copy(update={"table_name": f"{proxied_settings.table_name}-never"})
    without_transactions(proxy)
    with pytest.raises(Unsupported, match=CANNOT):
        create_table(settings)
    assert proxy.operations == ["TransactWriteItems"]
    with pytest.raises(TableMissing):
        describe_table(settings)


def test_a_table_is_made_by_who_may_not_write_to_it(
    proxied_settings: TableSettings, proxy: CountingProxy, control: "DynamoDBClient"
) -> None:
    settings = proxied_settings.model_copy(update={"table_name": f"{proxied_settings.table_name}-made"})
    proxy.fail_next("TransactWriteItems", "AccessDeniedException")
    try:
        assert create_table(settings).active
    finally:
        control.delete_table(TableName=settings.table_name)


@pytest.mark.parametrize("action", ["DescribeTimeToLive", "UpdateTimeToLive"])
def test_no_option_is_blamed_that_was_not_given(
    proxied_settings: TableSettings, proxy: CountingProxy, action: str
) -> None:
    proxy.fail_next(action, "UnknownOperationException", times=10)
    with pytest.raises(Unsupported, match=f"has no {action}: use Amazon DynamoDB or DynamoDB Local"):
        create_table(proxied_settings)


@pytest.mark.parametrize("command", [("serve",), ("keys", "list")], ids=["serve", "keys-list"])
def test_the_server_and_the_commands_say_it_in_one_sentence(
    tmp_path: "Path", proxied_settings: TableSettings, proxy: CountingProxy, command: tuple[str, ...]
) -> None:
    without_transactions(proxy)
    environment = {
        "AUTHGRAPH_ENV": "production",
        "AUTHGRAPH_ADMIN_KEY": ADMIN_KEY,
        "AUTHGRAPH_SECRET_KEY": SECRET_KEY,
        "AUTHGRAPH_PORT": "0",
        "AUTHGRAPH_TABLE_NAME": proxied_settings.table_name,
        "AUTHGRAPH_DYNAMODB_ENDPOINT_URL": proxy.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
    }
    assert CANNOT in refusal(run(tmp_path, *command, **environment))
