"""The alert rules and the dashboard ask for metrics, labels and codes that exist."""

import json
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from dynamo import metrics as dynamodb
from dynamo.metrics import Histogram
from execution import errors, metrics
from tests.processes import ROOT
from web import errors as web_errors

yaml: Any = import_module("yaml")
ALERTS: Final = ROOT / "deploy/prometheus/alerts.yaml"
UNIT_TESTS: Final = ROOT / "deploy/prometheus/alerts.test.yaml"
DASHBOARD: Final = ROOT / "deploy/grafana/authgraph.json"
PROMTOOL: Final = shutil.which("promtool")
SELECTED: Final = re.compile(r"\b(authgraph_\w+)(?:\{([^}]*)\})?")
LABEL: Final = re.compile(r'(\w+)(?:=~|!=|=)"([^"]*)"')
OF_PROMETHEUS: Final = {"job", "instance", "le"}
"""Labels that Prometheus adds, or that each bound of a histogram has."""

needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: install Debian's prometheus")


def known() -> dict[str, set[str]]:
    """The labels of every series, by name."""
    found: dict[str, set[str]] = {}
    for metric in metrics.METRICS:
        parts = ("_bucket", "_sum", "_count") if isinstance(metric, Histogram) else ("",)
        found |= {metric.name + part: {*metric.labels} for part in parts}
    return found


def rules() -> list[dict[str, Any]]:
    """The alert rules of all groups."""
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> dict[str, str]:
    """Every expression, by where it is."""
    asked = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in panels():
        asked |= {f"{panel['title']} {target['refId']}": target["expr"] for target in panel["targets"]}
    return asked


def values() -> dict[str, set[str]]:
    """What the labels with a fixed set of values can be."""
    modules = (errors, web_errors)
    codes = {value for module in modules for value in vars(module).values() if isinstance(value, str)}
    codes |= {kind.code for kind in web_errors.RequestRejected.__subclasses__()}
    reasons = {reason for _, reason in dynamodb.REASONS} | {dynamodb.UNPROCESSED, "refused"}
    return {
        "code": codes | {metrics.OK, metrics.CANCELLED},
        "reason": reasons | {"refused", "table", "null", "fault"},
        "result": {"hit", "miss", "none"},
    }


@pytest.mark.parametrize("place", expressions())
def test_an_expression_asks_for_series_that_exist(place: str) -> None:
    allowed = values()
    for name, selection in SELECTED.findall(expressions()[place]):
        assert name in known()
        for label, value in LABEL.findall(selection):
            assert label in known()[name] | OF_PROMETHEUS
            if label in allowed:
                assert {*value.split("|")} <= allowed[label], f"{name} {label}"


def test_the_tests_of_the_alerts_have_series_that_exist_and_fire_each_once() -> None:
    cases = yaml.safe_load(UNIT_TESTS.read_text())["tests"]
    for case in cases:
        for each in case["input_series"]:
            for name, selection in SELECTED.findall(each["series"]):
                labels = {label for label, _ in LABEL.findall(selection)} - OF_PROMETHEUS
                assert labels <= known()[name], name
    (check,) = cases[0]["promql_expr_test"]
    fired = {LABEL.findall(sample["labels"])[0][1] for sample in check["exp_samples"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_the_dashboard_shows_every_metric_and_explains_each_panel() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name, _ in SELECTED.findall(target["expr"])}
    shown = {re.sub("_(bucket|sum|count)$", "", name) for name in shown}
    assert shown == {metric.name for metric in metrics.METRICS}
    assert all(panel["title"] and panel["description"].endswith(".") for panel in panels())
    assert len({panel["id"] for panel in panels()}) == len(panels())
    corners = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()}
    assert len(corners) == len(panels())


@needs_promtool
def test_promtool_accepts_the_rules_and_their_tests() -> None:
    promtool("check", "rules", str(ALERTS))
    promtool("test", "rules", str(UNIT_TESTS))


@needs_promtool
def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    recorded = [
        {"record": f"shown:{number}", "expr": expression.replace("$__rate_interval", "5m").replace("$job", "authgraph")}
        for number, expression in enumerate(asked)
    ]
    file = tmp_path / "dashboard.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}))
    promtool("check", "rules", str(file))


def promtool(*arguments: str) -> None:
    """Run it; its complaint is the message if it fails."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
