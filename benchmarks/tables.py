"""Measurements as Markdown tables: medians over the rounds, ratios with their extremes."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from benchmarks import comparison
from benchmarks.comparison import FIGURES, Measured, Ratio

Row = Sequence[str]
MEGABYTE = 1_000_000


def markdown(header: Row, rows: Iterable[Row]) -> str:
    """A table with its first column aligned left and its numbers aligned right."""
    lines = [header, ["---", *["--:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def absolute(measured: Sequence[Measured], requests: Mapping[str, Mapping[str, float]]) -> str:
    """The figures of each server. `requests` are DynamoDB requests by operation and server."""
    header = [
        *("operation", "server", "requests/s", "p50 ms", "p99 ms", "CPU µs, server", "CPU µs, engine"),
        *("DynamoDB requests", "peak MB"),
    ]
    rows = []
    for one in measured:
        for name, samples in one.samples.items():
            rows.append(
                [
                    one.operation.title,
                    name,
                    number(median(sample.load.per_second for sample in samples)),
                    f"{median(sample.load.p50 for sample in samples) / 1000:.1f}",
                    f"{median(sample.load.p99 for sample in samples) / 1000:.1f}",
                    number(median(sample.server_cpu for sample in samples)),
                    number(median(sample.engine_cpu for sample in samples)),
                    f"{requests[one.operation.name][name]:g}",
                    number(one.peak_memory[name] / MEGABYTE),
                ]
            )
    return markdown(header, rows)


def ratios(measured: Sequence[Measured]) -> str:
    """This server compared with each peer: the median of the rounds' ratios, with the lowest and the highest."""
    header = ["operation", "to", *FIGURES]
    rows = [
        [one.operation.title, peer, *map(spread, figures.values())]
        for one in measured
        for peer, figures in comparison.ratios(one).items()
    ]
    return markdown(header, rows)


def spread(value: Ratio) -> str:
    """A ratio with the lowest and the highest of all rounds."""
    return f"**{value.median:.2f}** ({value.lowest:.2f}–{value.highest:.2f})"


def number(value: float) -> str:
    """A number with only its significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
