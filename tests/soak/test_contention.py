"""The short form of the experiment: fifty callers of the API in process, with and without failing requests."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from dynamo import models, verification_tokens
from dynamo.client import Table
from dynamo.settings import TableSettings
from soak.asking import Answer, Ask, answer_of
from soak.contention import CALLERS, ContendedToken, Recorder, clear, judged, play
from soak.faults import FaultyProxy
from soak.linearizability import Verdict, check
from tests.api import Api, make_api
from tests.clean_table import assert_clean

SEED = 10


def asking(api: Api) -> Ask:
    """Call the API in process."""

    async def ask(document: str, variables: Mapping[str, Any]) -> Answer:
        return answer_of(await api.answer(document, variables))

    return ask


async def test_fifty_callers_are_told_what_one_order_explains(api: Api) -> None:
    ask = asking(api)
    for number in range(2):
        objects = await play(ask, SEED, number)
        found = judged(objects)
        assert found.operations > CALLERS
        assert {name: str(finding) for name, finding in found.with_verdict(Verdict.VIOLATION).items()} == {}
        assert found.with_verdict(Verdict.UNDECIDED) == {}
        await clear(ask, objects)
    await assert_clean(api.table)


async def test_fifty_callers_are_told_what_one_order_explains_while_requests_fail(
    table_settings: TableSettings, endpoint_url: str
) -> None:
    with FaultyProxy(endpoint_url, SEED) as proxy:
        fields = {"dynamodb_endpoint_url": proxy.endpoint_url, "dynamodb_read_timeout_seconds": 0.3}
        api = make_api(table_settings.model_copy(update=fields))
        ask = asking(api)
        proxy.share = 0.2
        objects = await play(ask, SEED, 0)
        proxy.share = 0
        proxy.deliver_ghosts()
        found = judged(objects)
        assert proxy.injected.total() > 10
        assert {name: str(finding) for name, finding in found.with_verdict(Verdict.VIOLATION).items()} == {}
        await clear(ask, objects)
        await assert_clean(api.table)


async def test_a_token_that_is_used_without_a_condition_is_found_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The experiment can fail: without the condition, all who have read the token before it is deleted get it."""
    callers = asyncio.Barrier(10)

    async def use_unconditionally(table: Table, identifier: str, *_: object) -> models.VerificationToken | None:
        found = await verification_tokens.read(table, identifier)
        await callers.wait()
        await verification_tokens.delete_all(table, identifier)
        return found[0] if found else None

    monkeypatch.setattr(verification_tokens, "use", use_unconditionally)
    one = ContendedToken("contended", Recorder(asking(api)))
    await one.store()
    await asyncio.gather(*(one.take() for _ in range(callers.parties)))
    assert check(one.recorder.history, one.specification).verdict is Verdict.VIOLATION
