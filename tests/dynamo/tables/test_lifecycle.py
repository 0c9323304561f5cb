"""Creating a table, completing one, describing it, and every way in which it can be wrong."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dynamo.aws_errors import (
    AccessDenied,
    CredentialsMissing,
    EndpointUnreachable,
    IndexDiffers,
    IndexMissing,
    NotReady,
    TableDiffers,
    TableMissing,
    Unsupported,
)
from dynamo.errors import DynamoError, Misconfigured, Throttled, Unavailable
from dynamo.settings import TableSettings
from dynamo.tables import lifecycle
from dynamo.tables.layout import table_definition
from dynamo.tables.lifecycle import check_table, create_table, describe_table
from tests.counting_proxy import CountingProxy
from tests.tables import CUSTOM_NAMES, any_names, directory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def changed(settings: TableSettings, **fields: object) -> TableSettings:
    return settings.model_copy(update=fields)


@pytest.fixture
def unmade(table_settings: TableSettings, control: "DynamoDBClient") -> Iterator[TableSettings]:
    """Settings of a table that does not exist yet. What a test creates under the name is deleted after it."""
    settings = changed(table_settings, table_name=f"{table_settings.table_name}-made")
    yield settings
    with suppress(control.exceptions.ResourceNotFoundException):
        control.update_table(TableName=settings.table_name, DeletionProtectionEnabled=False)
        control.delete_table(TableName=settings.table_name)


def expire(control: "DynamoDBClient", settings: TableSettings, attribute: str = "expires") -> None:
    """Turn on the table's time to live."""
    control.update_time_to_live(
        TableName=settings.table_name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
    )


def backups(status: str) -> dict[str, Any]:
    """The response of AWS about point-in-time recovery, which the local engine lacks."""
    recovery = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status},
    }
    return {"ContinuousBackupsDescription": recovery}


class TestCreateTable:
    @pytest.mark.parametrize("names", [{}, CUSTOM_NAMES], ids=["usual-names", "custom-names"])
    def test_it_makes_the_layout_of_the_settings(self, unmade: TableSettings, names: dict[str, str]) -> None:
        settings = changed(unmade, **names)
        table = create_table(settings)
        assert (table.partition_key, table.sort_key) == (settings.partition_key, settings.sort_key)
        (index,) = table.indexes
        assert index.name == settings.index_name
        assert (index.partition_key, index.sort_key) == (settings.index_partition_key, settings.index_sort_key)
        assert index.projection == "ALL"
        assert table.expiry_attribute == "expires"
        assert table.pay_per_request
        assert not table.deletion_protection
        assert set(table.key_types.values()) == {"S"}

    @pytest.mark.parametrize(("configured", "made"), [(None, "GSI2"), ("people", "people")])
    def test_the_directory_index_has_the_configured_name(
        self, unmade: TableSettings, configured: str | None, made: str
    ) -> None:
        table = create_table(changed(unmade, directory_index_name=configured), directory_index=True)
        index = table.index(made)
        assert index
        assert (index.partition_key, index.sort_key, index.projection) == ("type", "id", "ALL")

    def test_one_attribute_may_serve_two_keys(self, unmade: TableSettings) -> None:
        settings = changed(unmade, index_partition_key="sk", index_sort_key="pk")
        create_table(settings)
        assert check_table(settings) == ()

    def test_a_protected_table_cannot_be_deleted(self, unmade: TableSettings, control: "DynamoDBClient") -> None:
        assert create_table(unmade, deletion_protection=True).deletion_protection
        with pytest.raises(control.exceptions.ClientError, match="protected against deletion"):
            control.delete_table(TableName=unmade.table_name)

    def test_making_it_again_changes_nothing(self, unmade: TableSettings) -> None:
        assert create_table(unmade, directory_index=True) == create_table(unmade, directory_index=True)

    @pytest.mark.parametrize("made", [False, True], ids=["a new table", "a table that lacks everything"])
    @pytest.mark.parametrize("lost", ["CreateTable", "UpdateTimeToLive", "UpdateTable", "UpdateContinuousBackups"])
    def test_a_change_whose_response_is_lost_counts(
        self, unmade: TableSettings, proxy: CountingProxy, lost: str, made: bool
    ) -> None:
        """The SDK sends it again, and DynamoDB rejects it, because it has happened."""
        if made:
            create_table(unmade)
        proxy.answer_next("DescribeContinuousBackups", backups("ENABLED"), times=30)
        proxy.drop_next(lost, answered=True)
        settings = changed(unmade, dynamodb_endpoint_url=proxy.endpoint_url)
        table = create_table(settings, directory_index=True, deletion_protection=True, point_in_time_recovery=True)
        assert table == describe_table(settings)
        assert (table.expiry_attribute, table.deletion_protection) == ("expires", True)
        check_table(changed(settings, directory_index_name="GSI2"))

    def test_a_table_that_is_there_gets_what_it_lacks(self, unmade: TableSettings, control: "DynamoDBClient") -> None:
        control.create_table(**table_definition(unmade))
        table = create_table(unmade, directory_index=True, deletion_protection=True)
        assert table.expiry_attribute == "expires"
        assert table.index("GSI2")
        assert table.deletion_protection

    def test_nothing_is_taken_from_a_table_that_is_there(self, unmade: TableSettings) -> None:
        create_table(unmade, directory_index=True, deletion_protection=True)
        table = create_table(unmade)
        assert table.index("GSI2")
        assert table.deletion_protection

    def test_a_table_with_other_keys_is_left_alone(self, table_settings: TableSettings) -> None:
        before = describe_table(table_settings)
        with pytest.raises(TableDiffers, match="has the keys pk, sk where the settings say pk, range"):
            create_table(changed(table_settings, sort_key="range"), deletion_protection=True)
        assert describe_table(table_settings) == before

    def test_recovery_that_the_engine_lacks_is_refused_before_anything_is_made(self, unmade: TableSettings) -> None:
        with pytest.raises(Unsupported, match="has no DescribeContinuousBackups: leave that option out"):
            create_table(unmade, point_in_time_recovery=True)
        with pytest.raises(TableMissing):
            describe_table(unmade)

    @pytest.mark.parametrize(("status", "updates"), [("DISABLED", 1), ("ENABLED", 0)])
    def test_recovery_is_turned_on_where_it_is_off(
        self, proxied_settings: TableSettings, proxy: CountingProxy, status: str, updates: int
    ) -> None:
        proxy.answer_next("DescribeContinuousBackups", backups(status), times=3)
        proxy.answer_next("UpdateContinuousBackups", {})
        table = create_table(proxied_settings, point_in_time_recovery=True)
        assert table.point_in_time_recovery is (status == "ENABLED")
        assert proxy.count("UpdateContinuousBackups") == updates

    def test_recovery_may_be_asked_for_before_the_table_is_there(
        self, unmade: TableSettings, proxy: CountingProxy
    ) -> None:
        proxy.fail_next("DescribeContinuousBackups", "TableNotFoundException")
        proxy.answer_next("DescribeContinuousBackups", backups("DISABLED"), times=2)
        proxy.answer_next("UpdateContinuousBackups", {})
        create_table(changed(unmade, dynamodb_endpoint_url=proxy.endpoint_url), point_in_time_recovery=True)
        assert proxy.count("CreateTable") == proxy.count("UpdateContinuousBackups") == 1

    def test_the_directory_index_covers_the_items_that_are_there(
        self, table_settings: TableSettings, control: "DynamoDBClient"
    ) -> None:
        item = {"pk": {"S": "USER#1"}, "sk": {"S": "USER#1"}, "type": {"S": "USER"}, "id": {"S": "1"}}
        control.put_item(TableName=table_settings.table_name, Item=item)
        create_table(table_settings, directory_index=True)
        assert control.scan(TableName=table_settings.table_name, IndexName="GSI2")["Items"] == [item]

    @directory
    def test_a_directory_index_that_is_there_is_kept(self, table_settings: TableSettings) -> None:
        there = describe_table(table_settings)
        assert create_table(table_settings, directory_index=True).indexes == there.indexes

    def test_a_wait_that_is_over_says_what_is_not_ready(
        self, table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lifecycle, "READY_TIMEOUT_SECONDS", 0)
        with pytest.raises(NotReady, match=r"^Index GSI2 of table .* is not ready after 0 seconds"):
            create_table(table_settings, directory_index=True)


class TestDescribeTable:
    def test_a_table_that_is_still_being_made_is_unfinished(self, table_settings: TableSettings) -> None:
        table = describe_table(table_settings)
        assert table.unfinished is None
        assert replace(table, active=False).unfinished == f"Table {table.name}"

    def test_it_takes_stock(self, table_settings: TableSettings, control: "DynamoDBClient") -> None:
        control.put_item(TableName=table_settings.table_name, Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
        table = describe_table(table_settings)
        assert table.name == table_settings.table_name
        assert table.item_count == 1
        assert table.size_bytes > 0
        assert table.point_in_time_recovery is None


class TestCheckTable:
    @any_names
    def test_a_sound_table_passes(self, table_settings: TableSettings, control: "DynamoDBClient") -> None:
        expire(control, table_settings)
        assert check_table(table_settings) == ()

    @directory
    def test_a_sound_table_with_a_directory_passes(
        self, table_settings: TableSettings, control: "DynamoDBClient"
    ) -> None:
        expire(control, table_settings)
        assert check_table(table_settings) == ()

    def test_a_missing_table(self, table_settings: TableSettings) -> None:
        with pytest.raises(TableMissing, match=r"There is no table elsewhere .*`python server.py table create`"):
            check_table(changed(table_settings, table_name="elsewhere"))

    @pytest.mark.parametrize("field", ["partition_key", "sort_key"])
    def test_wrong_key_names(self, table_settings: TableSettings, field: str) -> None:
        with pytest.raises(TableDiffers, match=r"has the keys pk, sk where .*AUTHGRAPH_PARTITION_KEY"):
            check_table(changed(table_settings, **{field: "other"}))

    def test_a_table_without_a_sort_key(self, unmade: TableSettings, control: "DynamoDBClient") -> None:
        control.create_table(
            TableName=unmade.table_name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
        with pytest.raises(TableDiffers, match="has the keys pk where the settings say pk, sk"):
            check_table(unmade)

    def test_keys_that_are_no_strings(self, unmade: TableSettings, control: "DynamoDBClient") -> None:
        definition = table_definition(unmade)
        numbers = [{**d, "AttributeType": "N"} for d in definition["AttributeDefinitions"]]
        control.create_table(**definition | {"AttributeDefinitions": numbers})  # type: ignore[arg-type]
        with pytest.raises(TableDiffers, match=r"pk, sk, GSI1PK, GSI1SK .* not strings"):
            check_table(unmade)

    def test_a_missing_index(self, table_settings: TableSettings) -> None:
        with pytest.raises(IndexMissing, match=r"no index by-login \(its indexes: GSI1\): set AUTHGRAPH_INDEX_NAME"):
            check_table(changed(table_settings, index_name="by-login"))

    def test_a_missing_directory_index(self, table_settings: TableSettings) -> None:
        with pytest.raises(IndexMissing, match=r"no index people .*`python server.py table create --directory-index`"):
            check_table(changed(table_settings, directory_index_name="people"))

    @pytest.mark.parametrize("field", ["index_partition_key", "index_sort_key"])
    def test_an_index_with_wrong_keys(self, table_settings: TableSettings, field: str) -> None:
        with pytest.raises(IndexDiffers, match=r"has the keys GSI1PK, GSI1SK where .*AUTHGRAPH_INDEX_PARTITION_KEY"):
            check_table(changed(table_settings, **{field: "other"}))

    def test_a_directory_index_with_wrong_keys(self, table_settings: TableSettings) -> None:
        with pytest.raises(IndexDiffers, match="where type, id are expected: set AUTHGRAPH_DIRECTORY_INDEX_NAME"):
            check_table(changed(table_settings, directory_index_name="GSI1"))

    def test_an_index_that_leaves_attributes_out(self, unmade: TableSettings, control: "DynamoDBClient") -> None:
        definition = table_definition(unmade)
        (index,) = definition["GlobalSecondaryIndexes"]
        partial = [{**index, "Projection": {"ProjectionType": "KEYS_ONLY"}}]
        control.create_table(**definition | {"GlobalSecondaryIndexes": partial})  # type: ignore[arg-type]
        with pytest.raises(IndexDiffers, match="has the projection KEYS_ONLY: create it again with the projection ALL"):
            check_table(unmade)

    @directory
    def test_an_index_that_is_still_being_made(
        self, proxied_settings: TableSettings, proxy: CountingProxy, control: "DynamoDBClient"
    ) -> None:
        table = control.describe_table(TableName=proxied_settings.table_name)["Table"]
        indexes = [dict(index) for index in table["GlobalSecondaryIndexes"]]
        for index in indexes:
            index["IndexStatus"] = "CREATING" if index["IndexName"] == "GSI2" else "ACTIVE"
        making = {**table, "GlobalSecondaryIndexes": indexes, "CreationDateTime": 0}
        proxy.answer_next("DescribeTable", {"Table": making}, times=2)
        with pytest.raises(NotReady, match=r"^Index GSI2 of table .* is still being created"):
            check_table(proxied_settings)

    def test_a_global_table_without_transactions(
        self, proxied_settings: TableSettings, proxy: CountingProxy, control: "DynamoDBClient"
    ) -> None:
        """DynamoDB has no transactions where regions are strongly consistent. The local engine has no regions."""
        table = control.describe_table(TableName=proxied_settings.table_name)["Table"]
        proxy.answer_next(
            "DescribeTable", {"Table": table | {"CreationDateTime": 0, "MultiRegionConsistency": "STRONG"}}
        )
        with pytest.raises(Unsupported, match="has no transactions: name a table of one region"):
            check_table(proxied_settings)

    def test_expiry_that_is_off_is_a_warning(self, table_settings: TableSettings) -> None:
        (warning,) = check_table(table_settings)
        assert "never deletes expired items: turn on its time to live for the attribute expires" in warning

    def test_expiry_by_another_attribute_is_a_warning(
        self, table_settings: TableSettings, control: "DynamoDBClient"
    ) -> None:
        expire(control, table_settings, "ttl")
        (warning,) = check_table(table_settings)
        assert "deletes items by the attribute ttl" in warning

    @pytest.mark.parametrize(
        ("answer", "error", "message"),
        [
            (
                "AccessDeniedException",
                AccessDenied,
                "do not allow DescribeTable on .*: allow dynamodb:DescribeTable",
            ),
            ("ExpiredTokenException", AccessDenied, r"were refused at .* \(ExpiredTokenException\): renew"),
            ("UnrecognizedClientException", AccessDenied, "were refused"),
            ("ThrottlingException", Throttled, "throttles requests .*: try again"),
            ("InternalServerError", Unavailable, "failed with InternalServerError .*: try again"),
            ("ValidationException", Misconfigured, "rejected DescribeTable .*: correct what it names"),
        ],
    )
    def test_what_dynamodb_refuses(
        self,
        proxied_settings: TableSettings,
        proxy: CountingProxy,
        answer: str,
        error: type[DynamoError],
        message: str,
    ) -> None:
        proxy.fail_next("DescribeTable", answer)
        with pytest.raises(error, match=message):
            check_table(changed(proxied_settings, dynamodb_max_attempts=1))

    def test_a_passing_failure_is_repeated(self, proxied_settings: TableSettings, proxy: CountingProxy) -> None:
        proxy.fail_next("DescribeTable", "InternalServerError", times=2)
        check_table(proxied_settings)
        assert proxy.count("DescribeTable") == 3

    def test_an_endpoint_where_nobody_answers(self, table_settings: TableSettings) -> None:
        nowhere = changed(table_settings, dynamodb_endpoint_url="http://127.0.0.1:9", dynamodb_max_attempts=1)
        with pytest.raises(EndpointUnreachable, match=r"There is no response from http://127.0.0.1:9: check that"):
            check_table(nowhere)

    def test_an_endpoint_that_answers_too_late(self, proxied_settings: TableSettings, proxy: CountingProxy) -> None:
        proxy.delay_next("DescribeTable", 5)
        with pytest.raises(EndpointUnreachable):
            check_table(changed(proxied_settings, dynamodb_read_timeout_seconds=0.1, dynamodb_max_attempts=1))

    def test_an_endpoint_that_hangs_up(self, proxied_settings: TableSettings, proxy: CountingProxy) -> None:
        proxy.drop_next("DescribeTable")
        with pytest.raises(EndpointUnreachable):
            check_table(changed(proxied_settings, dynamodb_max_attempts=1))

    def test_an_endpoint_that_is_no_address(
        self, table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with pytest.raises(CredentialsMissing, match="are not valid: correct them"):
            check_table(changed(table_settings, dynamodb_endpoint_url="here"))

    def test_no_credentials_away_from_this_machine(self, table_settings: TableSettings) -> None:
        elsewhere = changed(table_settings, dynamodb_endpoint_url="http://dynamodb.invalid")
        with pytest.raises(CredentialsMissing, match="set AWS_REGION"):
            check_table(elsewhere)

    def test_no_credentials_for_aws(self, table_settings: TableSettings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with pytest.raises(CredentialsMissing, match="set AWS_ACCESS_KEY_ID"):
            check_table(changed(table_settings, dynamodb_endpoint_url=None))

    def test_no_region_for_aws(self, table_settings: TableSettings) -> None:
        with pytest.raises(CredentialsMissing, match="No AWS region is set: set AWS_REGION"):
            check_table(changed(table_settings, dynamodb_endpoint_url=None))
