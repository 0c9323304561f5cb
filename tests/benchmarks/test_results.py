"""How measurements become tables and sections."""

from benchmarks import comparison, results, tables
from benchmarks.comparison import Measured, Ratio, Sample
from benchmarks.operations import OPERATIONS
from benchmarks.peers import YOGA_NAME
from benchmarks.servers import OURS
from benchmarks.wrk import Load


def sample(requests: int, cpu: float) -> Sample:
    """A sample of one round of one second."""
    return Sample(Load(requests, 1_000_000, requests * 100, 0, 1000, 2000), cpu, 5.0)


def test_a_ratio_is_the_median_of_the_rounds_with_the_extremes() -> None:
    """Each round is compared with its neighbour, not the medians with each other."""
    assert comparison.ratio([2.0, 6.0, 4.0], [1.0, 2.0, 1.0]) == Ratio(3.0, 2.0, 4.0)


def test_every_peer_gets_a_row_of_ratios() -> None:
    """Throughput, CPU and p99 of this server compared with the peer's."""
    measured = Measured(OPERATIONS[0], {OURS: [sample(200, 50)], YOGA_NAME: [sample(100, 200)]}, {})
    last = tables.ratios([measured]).splitlines()[-1]
    assert last == (
        f"| {OPERATIONS[0].title} | yoga | **2.00** (2.00–2.00) | **0.25** (0.25–0.25) | **1.00** (1.00–1.00) |"
    )


def test_a_section_takes_the_place_of_the_one_with_its_heading() -> None:
    """The others stay as they are."""
    text = "# Title\n\n## One\n\nold\n\n## Two\n\nkept\n"
    assert results.merged(text, "One", "new") == "# Title\n\n## One\n\nnew\n\n## Two\n\nkept\n"


def test_a_new_section_comes_last() -> None:
    """Even in an empty file."""
    assert results.merged("# Title\n", "One", "body") == "# Title\n\n## One\n\nbody\n"
