"""The stored ratios, and what is worse than they are."""

from pathlib import Path

import pytest

from benchmarks import baseline
from benchmarks.__main__ import COMPARED, Part, parts_named
from benchmarks.baseline import NoBaseline, Ratios
from benchmarks.comparison import FIGURES, Ratio

STORED = Ratio(2.0, 1.8, 2.3)
"""From its lowest round to its highest, its spread is 0.5."""


def ratios(figure: str, value: Ratio) -> Ratios:
    """One ratio of one operation."""
    return {"viewer": {"go": {figure: value}}}


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize(("change", "is_worse"), [(-0.6, True), (-0.4, False), (0.4, False), (0.6, False)])
def test_a_ratio_is_worse_if_it_lost_more_than_the_spread_of_the_stored_one(
    figure: str, change: float, is_worse: bool
) -> None:
    """More throughput is a gain; more CPU time and a longer wait are losses."""
    value = STORED.median + (change if figure in baseline.HIGHER_IS_BETTER else -change)
    found = [*baseline.worse(ratios(figure, STORED), ratios(figure, Ratio(value, value, value)))]
    assert len(found) == is_worse
    assert all("viewer" in sentence and figure in sentence and "go" in sentence for sentence in found)


def test_what_has_no_stored_ratio_is_not_worse() -> None:
    """An operation or a peer that is new."""
    assert [*baseline.worse({}, ratios("p99", STORED))] == []


def test_storing_keeps_the_ratios_that_were_not_measured_again(tmp_path: Path) -> None:
    """So that a part of the operations can be measured again."""
    file = tmp_path / "ratios.json"
    baseline.store("engine", ratios("p99", STORED), file)
    baseline.store("engine", {"viewer": {"yoga": {"p99": STORED}}}, file)
    baseline.store("isolated", ratios("p99", STORED), file)
    assert baseline.read(file) == {
        "engine": {"viewer": {"go": {"p99": STORED}, "yoga": {"p99": STORED}}},
        "isolated": ratios("p99", STORED),
    }


def test_a_check_without_stored_ratios_is_refused(tmp_path: Path) -> None:
    """Nothing would ever be worse."""
    with pytest.raises(NoBaseline, match="make bench"):
        baseline.read(tmp_path / "ratios.json")


def test_parts_are_named_by_a_list() -> None:
    """Separated by commas, as operations are."""
    assert parts_named("engine, isolated") == list(COMPARED)
    assert parts_named("") == []
    with pytest.raises(ValueError, match=Part.MEMORY.value):
        parts_named("engines")
