"""Helm's own engine renders the chart, and each manifest is valid in all versions of Kubernetes that it allows."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from commands import setting_names
from e2e.image import DOCKERFILE, instructions
from e2e.templates.conftest import DEPLOY, script

CHART: Final = DEPLOY / "helm/authgraph"
VERSIONS: Final = ("1.27.0", "1.31.0", "1.34.0", "1.37.0")
LEAST: Final = {
    "image": {"repository": "registry.example/authgraph"},
    "secretName": "authgraph",
    "region": "eu-west-1",
}
INGRESS: Final = {"enabled": True, "host": "auth.example", "tlsSecretName": "tls"}
MOST: Final = {
    **LEAST,
    "image": {"repository": "registry.example/authgraph", "digest": f"sha256:{'0' * 64}"},
    "imagePullSecrets": [{"name": "registry"}],
    "settings": {"AUTHGRAPH_RATE_LIMIT": 240_000, "AUTHGRAPH_FEDERATION": True, "AUTHGRAPH_SELF_SERVICE": "delete"},
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
    "autoscaling": {"enabled": False},
    "ingress": INGRESS | {"className": "nginx", "annotations": {"a.example/b": "c"}},
    "metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/authgraph"}},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
}
WRONG: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no image": ({"image": {}}, "/image/repository"),
    "no secret": ({"secretName": ""}, "/secretName"),
    "no region": ({"region": "Frankfurt"}, "/region"),
    "no replicas": ({"replicas": 0}, "/replicas"),
    "a share of a replica": ({"replicas": 1.5}, "/replicas"),
    "a port that is taken": ({"metrics": {"port": 8000}}, "/metrics/port"),
    "a port that does not exist": ({"metrics": {"port": 70000}}, "/metrics/port"),
    "fewer at most than at least": (
        {"autoscaling": {"minReplicas": 5, "maxReplicas": 2}},
        "autoscaling.minReplicas is greater than autoscaling.maxReplicas",
    ),
    "no time to finish": ({"terminationGracePeriodSeconds": 15}, "terminationGracePeriodSeconds must be longer"),
    "longer requests than time to finish": (
        {"settings": {"AUTHGRAPH_TIMEOUT_SECONDS": 60}},
        "terminationGracePeriodSeconds must be longer",
    ),
    "a secret among the settings": ({"settings": {"AUTHGRAPH_ADMIN_KEY": "x"}}, "AUTHGRAPH_ADMIN_KEY"),
    "a setting of nobody": ({"settings": {"PORT": "1"}}, "PORT"),
    "an ingress without trusted proxies": ({"ingress": INGRESS}, "/trustedProxies"),
    "an ingress without TLS": (
        {"ingress": INGRESS | {"tlsSecretName": ""}, "trustedProxies": ["10.0.0.0/8"]},
        "/ingress/tlsSecretName",
    ),
    "a proxy that is no network": ({"trustedProxies": ["proxy.example"]}, "/trustedProxies"),
    "memory that is no quantity": ({"resources": {"limits": {"memory": "much"}}}, "/resources/limits/memory"),
    "a value that nothing reads": ({"replicaCount": 3}, "replicaCount"),
}

Rendered = dict[str, Any]


@pytest.fixture(scope="module")
def made() -> Rendered:
    """What Helm makes of all values, in one process."""
    given = [LEAST, MOST, *(LEAST | values for values, _ in WRONG.values())]
    found: Rendered = script("chart.py", CHART, *VERSIONS, given=json.dumps(given))
    return found


def _of(made: Rendered, kind: str, index: int = 0) -> dict[str, Any]:
    (found,) = [manifest for manifest in made["rendered"][index]["manifests"] if manifest["kind"] == kind]
    return dict(found)


def _container(made: Rendered, index: int = 0) -> dict[str, Any]:
    (container,) = _of(made, "Deployment", index)["spec"]["template"]["spec"]["containers"]
    return dict(container)


def _variables(made: Rendered, index: int) -> Iterator[tuple[str, str]]:
    for variable in _container(made, index)["env"]:
        yield variable["name"], variable["value"]


def test_the_linter_finds_nothing(made: Rendered) -> None:
    assert made["lint"] == []


@pytest.mark.parametrize("index", [0, 1], ids=["least", "most"])
def test_every_manifest_is_valid(made: Rendered, index: int) -> None:
    assert made["rendered"][index]["faults"] == []


def test_everything_is_there(made: Rendered) -> None:
    kinds = [sorted(manifest["kind"] for manifest in made["rendered"][index]["manifests"]) for index in (0, 1)]
    always = ["Deployment", "PodDisruptionBudget", "Service", "Service", "ServiceAccount"]
    assert kinds[0] == sorted([*always, "HorizontalPodAutoscaler"])
    assert kinds[1] == sorted([*always, "Ingress", "ServiceMonitor"])


@pytest.mark.parametrize("name", WRONG)
def test_values_that_make_no_sense_are_refused(made: Rendered, name: str) -> None:
    refused = made["rendered"][2 + [*WRONG].index(name)]
    assert WRONG[name][1] in refused.get("error", "")


@pytest.mark.parametrize("index", [0, 1], ids=["least", "most"])
def test_every_variable_is_a_setting(made: Rendered, index: int) -> None:
    variables = dict(_variables(made, index))
    assert setting_names.unknown(variables.items()) == {}
    assert all(isinstance(value, str) for value in variables.values())


def test_settings_reach_the_server_as_they_were_written(made: Rendered) -> None:
    variables = dict(_variables(made, 1))
    assert variables["AUTHGRAPH_RATE_LIMIT"] == "240000"
    assert variables["AUTHGRAPH_FEDERATION"] == "true"
    assert variables["AUTHGRAPH_TRUSTED_PROXIES"] == "10.0.0.0/8,fd00::/8"


def test_no_secret_is_in_a_manifest(made: Rendered) -> None:
    assert _container(made)["envFrom"] == [{"secretRef": {"name": "authgraph"}}]
    assert not {name for name, _ in _variables(made, 1)} & {"AUTHGRAPH_ADMIN_KEY", "AUTHGRAPH_SECRET_KEY"}


def test_the_ports_are_those_of_the_image(made: Rendered) -> None:
    exposed = [arguments for name, arguments in instructions(DOCKERFILE.read_text()) if name == "EXPOSE"]
    ports = {port["name"]: port["containerPort"] for port in _container(made)["ports"]}
    assert [str(ports["http"])] == exposed
    assert ports["metrics"] == 9100


def test_a_pod_has_no_privileges_and_writes_to_memory_only(made: Rendered) -> None:
    pod = _of(made, "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert _container(made)["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [volume["emptyDir"]["medium"] for volume in pod["volumes"]] == ["Memory"]


def test_the_parts_belong_to_each_other(made: Rendered) -> None:
    deployment = _of(made, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        _of(made, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        *(
            manifest["spec"]["selector"]
            for manifest in made["rendered"][0]["manifests"]
            if manifest["kind"] == "Service"
        ),
    ]
    assert [selector for selector in selectors if not selector.items() <= labels.items()] == []
    target = _of(made, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    assert "replicas" not in deployment["spec"]
    service = _of(made, "Ingress", 1)["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert service == {"name": deployment["metadata"]["name"], "port": {"name": "http"}}
    monitored = _of(made, "ServiceMonitor", 1)["spec"]["selector"]["matchLabels"]
    metrics = [m for m in made["rendered"][1]["manifests"] if m["metadata"]["name"].endswith("-metrics")]
    assert [manifest["kind"] for manifest in metrics] == ["Service"]
    assert monitored.items() <= metrics[0]["metadata"]["labels"].items()
