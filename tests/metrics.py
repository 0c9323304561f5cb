"""The metrics of the process that runs the tests."""

from execution import metrics
from execution.metrics import METRICS


def metric_value(name: str, **labels: str) -> float:
    """The sum of a metric over all series that have these labels; of a histogram, how often it observed."""
    (metric,) = (metric for metric in METRICS if metric.name == name)
    total = 0.0
    for series, numbers in metrics.snapshot()[name].items():
        if labels.items() <= dict(zip(metric.labels, series, strict=True)).items():
            total += sum(numbers[:-1]) if len(numbers) > 1 else numbers[0]
    return total
