"""The plans that respond to operations in a test."""

from typing import Any

import pytest

from execution.plans.plan import Plan


def noted_plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """A list to which each plan is added that ran to its end, as often as it did."""
    found: list[Plan] = []
    run = Plan.run

    async def noted(plan: Plan, *arguments: Any) -> Any:
        answer = await run(plan, *arguments)
        found.append(plan)
        return answer

    monkeypatch.setattr(Plan, "run", noted)
    return found
