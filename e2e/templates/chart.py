"""Reads a JSON list of values from standard input, and writes what Helm makes of the chart with each of them.

Run in the environment of this folder, as `python chart.py CHART VERSION…`: each manifest is validated against the
schemas of these versions of Kubernetes.
"""

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

helm: Any = import_module("helm_python")
kubernetes: Any = import_module("kubernetes_validate")
yaml: Any = import_module("yaml")

KINDS_OF_OTHERS: Final = {"ServiceMonitor"}
"""Kubernetes has no schema for these: they belong to the Prometheus operator."""


def render(chart: Any, values: dict[str, Any], versions: Sequence[str]) -> dict[str, Any]:
    """The manifests of the chart, and what is wrong with them; or why Helm refuses the values."""
    try:
        made = chart.render(values, name="identity", namespace="prod")
    except helm.HelmError as error:
        return {"error": str(error)}
    manifests: list[dict[str, Any]] = []
    faults = []
    for file, text in made.items():
        manifests += [part for part in yaml.safe_load_all(text) if part] if file.endswith(".yaml") else []
    for manifest in manifests:
        for version in versions if manifest["kind"] not in KINDS_OF_OTHERS else ():
            try:
                kubernetes.validate(manifest, version, strict=True)
            except kubernetes.ValidationError as error:
                faults.append(f"{manifest['kind']} in {version}: {error.message}")
    return {"manifests": manifests, "faults": faults}


def main() -> None:
    """Render the chart with each of the values. The first of them must be valid: the linter gets it."""
    path, *versions = sys.argv[1:]
    given = json.load(sys.stdin)
    lint = helm.lint(path, given[0], strict=True)["errors"]
    with helm.Chart.load(path) as chart:
        rendered = [render(chart, values, versions) for values in given]
    json.dump({"lint": lint, "rendered": rendered}, sys.stdout)


if __name__ == "__main__":
    main()
