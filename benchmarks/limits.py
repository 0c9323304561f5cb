"""The cost of deciding on a document whose fragments double it: linear in its length, not in what it stands for."""

import time
from statistics import median
from typing import Final

from graphql import parse

from benchmarks.tables import markdown
from execution import document_limits
from execution.document import Documents
from execution.settings import Limits
from schema.build import GRAPHQL_SCHEMA

SIZES: Final = (20, 40, 80)
ROUNDS: Final = 15


def doubling(levels: int) -> str:
    """A document in which each of so many fragments spreads the next one twice: 2^levels fields."""
    fragments = [f"fragment F{i} on User {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels)]
    return " ".join(["{ users { nodes { ...F0 } } }", *fragments, f"fragment F{levels} on User {{ id name }}"])


def table() -> str:
    """Milliseconds for each size: for our limits alone, and for everything up to the decision. Medians of
    interleaved rounds."""
    limits = Limits(_env_file=None)
    measured: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            text = doubling(size)
            node = parse(text)
            begun = time.perf_counter()
            document_limits.violations(node, limits)
            limited = time.perf_counter()
            Documents(GRAPHQL_SCHEMA, limits).prepare(text)
            measured[size].append((limited - begun, time.perf_counter() - limited))
    rows = []
    for size, times in measured.items():
        length = len(doubling(size))
        own, whole = (median(column) * 1000 for column in zip(*times, strict=True))
        rows.append([str(size), f"2^{size}", str(length), f"{own:.2f}", f"{whole:.1f}", f"{whole * 1e6 / length:,.0f}"])
    header = ["levels", "fields", "bytes", "our limits, ms", "until decided, ms", "until decided, ns per byte"]
    return markdown(header, rows)
