"""The quick form of the experiment: fifty callers at the API in process, without and with lost answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from soak.asking import Answer, Ask, answer_of
from soak.contention import CALLERS, clear, judged, play
from soak.linearizability import Verdict
from tests.api import Api
from tests.clean_table import assert_clean

SEED = 10


def asking(api: Api) -> Ask:
    """Ask the API in process."""

    async def ask(document: str, variables: Mapping[str, Any]) -> Answer:
        return answer_of(await api.answer(document, variables))

    return ask


@pytest.mark.parametrize("number", range(3))
async def test_fifty_callers_are_told_what_one_order_explains(api: Api, number: int) -> None:
    ask = asking(api)
    objects = await play(ask, SEED, number)
    found = judged(objects)
    assert found.operations > CALLERS
    assert {name: str(finding) for name, finding in found.with_verdict(Verdict.VIOLATION).items()} == {}
    assert found.with_verdict(Verdict.UNDECIDED) == {}
    await clear(ask, objects)
    await assert_clean(api.table)
