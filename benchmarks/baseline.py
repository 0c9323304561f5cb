"""`ratios.json`: the ratios of the last full run, which later runs are checked against."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import orjson

from benchmarks.comparison import Measured, Ratio, ratios

FILE: Final = Path(__file__).parent / "ratios.json"
HIGHER_IS_BETTER: Final = frozenset({"throughput"})

Ratios = dict[str, dict[str, dict[str, Ratio]]]
"""By operation, by peer and by figure: throughput, server CPU, p99."""


class NoBaseline(Exception):
    """No ratios are stored that could be compared with."""


def of(measured: Sequence[Measured]) -> Ratios:
    """The ratios of what was measured."""
    return {one.operation.name: ratios(one) for one in measured}


def read(file: Path = FILE) -> dict[str, Ratios]:
    """The stored ratios by part. Raises `NoBaseline`."""
    if not file.exists():
        raise NoBaseline(f"{file} is missing: `make bench` writes it.")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Ratios])


def store(part: str, found: Ratios, file: Path = FILE) -> None:
    """Store the ratios of a part. Ratios of operations and peers that were not measured stay."""
    stored = read(file) if file.exists() else {}
    kept = stored.setdefault(part, {})
    for operation, peers in found.items():
        kept.setdefault(operation, {}).update(peers)
    file.write_bytes(orjson.dumps(_rounded(stored), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def worse(stored: Ratios, found: Ratios) -> Iterator[str]:
    """A sentence for each ratio that is worse than the stored one by more than its spread."""
    for operation, peers in found.items():
        for peer, figures in peers.items():
            for figure, now in figures.items():
                before = stored.get(operation, {}).get(peer, {}).get(figure)
                if before is not None and _loss(figure, before, now) > before.highest - before.lowest:
                    yield (
                        f"{operation}, {figure} to {peer}: {now.median:.2f}, and {before.median:.2f} is stored "
                        f"({before.lowest:.2f}–{before.highest:.2f})."
                    )


def _loss(figure: str, before: Ratio, now: Ratio) -> float:
    gain = now.median - before.median
    return -gain if figure in HIGHER_IS_BETTER else gain


def _rounded(stored: Mapping[str, Ratios]) -> object:
    return {
        part: {
            operation: {
                peer: {
                    figure: {name: round(getattr(one, name), 3) for name in one.__slots__}
                    for figure, one in figures.items()
                }
                for peer, figures in peers.items()
            }
            for operation, peers in operations.items()
        }
        for part, operations in stored.items()
    }
