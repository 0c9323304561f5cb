"""Later."""

from soak.plan import Plan
from soak.stage import Stage
from soak.tally import Tally


async def run(stage: Stage, plan: Plan) -> Tally:
    return Tally("overload")
