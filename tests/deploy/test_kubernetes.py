"""deploy/kubernetes as a cluster would take it: by the published schemas, and by what the services really are."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml
from kit.kustomize import Resource, build
from kit.waiting import SLACK

from windsock.shared.health import Health
from windsock.shared.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
SERVICES = {"web", "ingest-tcp", "ingest-http", "ingest-redis", "video"}
VERSIONS = ("1.28", "1.31", "1.35")
FROM_SECRET = {"WINDSOCK_REDIS_URL", "WINDSOCK_PUBLISH_KEY"}


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> Path:
    return KUBERNETES / "overlays" / request.param


@pytest.fixture
def resources(overlay: Path) -> list[Resource]:
    return build(overlay)


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    return [one for one in resources if one["kind"] in kinds]


def name_of(resource: Resource) -> str:
    return f"{resource['kind']}/{resource['metadata']['name']}"


def template(workload: Resource) -> Resource:
    return workload["spec"]["template"]


def container(workload: Resource) -> dict[str, Any]:
    (only,) = template(workload)["spec"]["containers"]
    return only


def workload(resources: list[Resource], name: str) -> Resource:
    (found,) = [one for one in of_kind(resources, "Deployment", "StatefulSet") if one["metadata"]["name"] == name]
    return found


def least(resources: list[Resource], service: str) -> int:
    """How many copies there are at least: of what has an autoscaler, that alone says it. A number in the Deployment would undo its work at each apply."""
    spec = workload(resources, service)["spec"]
    scalers = [
        one for one in of_kind(resources, "HorizontalPodAutoscaler") if one["spec"]["scaleTargetRef"]["name"] == service
    ]
    assert ("replicas" in spec) == (not scalers), service
    return scalers[0]["spec"]["minReplicas"] if scalers else spec["replicas"]


def selected(resources: list[Resource], selector: dict[str, Any]) -> list[Resource]:
    """The workloads whose pods a label selector takes."""
    labels = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    found: list[Resource] = []
    for one in of_kind(resources, "Deployment", "StatefulSet"):
        own = template(one)["metadata"]["labels"]
        inside = all(own.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", []))
        if inside and all(own.get(key) == value for key, value in labels.items()):
            found.append(one)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_schemas_take_it(resources: list[Resource], version: str) -> None:
    for resource in resources:
        try:
            kubernetes_validate.validate(resource, version, strict=True)  # pyright: ignore[reportUnknownMemberType]
        except kubernetes_validate.ValidationError as error:
            pytest.fail(f"{name_of(resource)}: {error}")


def test_kustomize_makes_the_same_of_it(overlay: Path, resources: list[Resource]) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed: our own reading of the overlays stands alone")
    told = subprocess.run(
        [kubectl, "kustomize", str(overlay)], capture_output=True, text=True, check=False, timeout=30 * SLACK
    )
    assert told.returncode == 0, told.stderr
    theirs = {name_of(one): one for one in yaml.safe_load_all(told.stdout)}
    assert theirs == {name_of(one): one for one in resources}


def test_every_service_is_there(resources: list[Resource]) -> None:
    assert {one["metadata"]["name"] for one in of_kind(resources, "Deployment")} == SERVICES
    budgets = of_kind(resources, "PodDisruptionBudget")
    assert {one["metadata"]["name"] for one in budgets} == SERVICES
    for service in SERVICES:
        importlib.import_module(f"windsock.{service.replace('-', '_')}")
        assert least(resources, service) >= 2, "one may go"


def test_ports_and_probes_are_those_of_the_services(resources: list[Resource]) -> None:
    settings = load_settings()
    ports = {
        "web": {"web": settings.web_port},
        "ingest-tcp": {
            "tcp": settings.tcp_port,
            "tcp-large": settings.tcp_large_port,
            "health": settings.ingest_tcp_health_port,
        },
        "ingest-http": {"http": settings.http_port},
        "ingest-redis": {"health": settings.ingest_redis_health_port},
        "video": {"health": settings.video_health_port},
    }
    health = Health("test", "0")
    for service, own in ports.items():
        made = container(workload(resources, service))
        assert {port["name"]: port["containerPort"] for port in made["ports"]} == own
        # Who is behind a Service and can say "try again later" stays there while Redis is away.
        ready = "/readyz" if service in {"ingest-redis", "video"} else "/healthz"
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", ready)):
            asked = made[probe]["httpGet"]
            assert asked["path"] == path
            assert health.answer(path) is not None
            assert asked["port"] == own.get("health", next(iter(own.values())))
        annotations = template(workload(resources, service))["metadata"]["annotations"]
        assert int(annotations["prometheus.io/port"]) == made["readinessProbe"]["httpGet"]["port"]


def test_every_setting_exists_and_is_taken(resources: list[Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    (config,) = [one for one in of_kind(resources, "ConfigMap") if one["metadata"]["name"] == "windsock"]
    names = {f"WINDSOCK_{name.upper()}" for name in Settings.model_fields}
    assert set(config["data"]) | FROM_SECRET <= names
    for name, value in config["data"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WINDSOCK_PUBLISH_KEY", "a key from the Secret")
    assert load_settings().bind == "0.0.0.0"
    for service in SERVICES:
        made = container(workload(resources, service))
        assert made["envFrom"] == [{"configMapRef": {"name": "windsock"}}, {"secretRef": {"name": "windsock"}}]


def test_no_secret_is_kept_in_a_file(resources: list[Resource]) -> None:
    assert of_kind(resources, "Secret") == []


def test_pods_may_do_as_little_as_possible(resources: list[Resource]) -> None:
    (space,) = of_kind(resources, "Namespace")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for one in of_kind(resources, "Deployment", "StatefulSet"):
        pod, made = template(one)["spec"], container(one)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert made["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert made["resources"]["limits"]["memory"]
        assert pod["enableServiceLinks"] is False, "variables of a Service would be taken for settings"


def test_pods_have_longer_to_stop_than_services_take(resources: list[Resource]) -> None:
    for service in SERVICES:
        one = workload(resources, service)
        wait = int(container(one)["lifecycle"]["preStop"]["exec"]["command"][1])
        assert template(one)["spec"]["terminationGracePeriodSeconds"] >= wait + load_settings().shutdown_seconds + 5


def test_selectors_find_what_they_are_for(resources: list[Resource]) -> None:
    for one in of_kind(resources, "Deployment", "StatefulSet"):
        assert selected(resources, one["spec"]["selector"]) == [one]
    for one in of_kind(resources, "PodDisruptionBudget"):
        assert selected(resources, one["spec"]["selector"]) == [workload(resources, one["metadata"]["name"])]
    for service in of_kind(resources, "Service"):
        (found,) = selected(resources, service["spec"]["selector"])
        ports = {port["name"]: port["containerPort"] for port in container(found)["ports"]}
        assert all(ports[port["targetPort"]] == port["port"] for port in service["spec"]["ports"])
    for policy in of_kind(resources, "NetworkPolicy"):
        found = selected(resources, policy["spec"]["podSelector"])
        assert found, name_of(policy)
        named = {port["name"] for one in found for port in container(one)["ports"]}
        for rule in policy["spec"].get("ingress", []):
            assert {port["port"] for port in rule["ports"]} <= named, name_of(policy)


def test_what_is_not_allowed_is_shut(resources: list[Resource]) -> None:
    (shut,) = [one for one in of_kind(resources, "NetworkPolicy") if one["metadata"]["name"] == "nothing-else"]
    assert set(shut["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    everything = of_kind(resources, "Deployment", "StatefulSet")
    assert selected(resources, shut["spec"]["podSelector"]) == everything


def test_autoscalers_ask_for_metrics_that_the_adapter_makes_of_ours(resources: list[Resource]) -> None:
    adapter = yaml.safe_load((KUBERNETES / "prometheus-adapter.yml").read_text())["rules"]["custom"]
    made = {rule["name"]["as"]: rule for rule in adapter}
    source = "\n".join(
        path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("src/**/*.py")
    )
    asked: set[str] = set()
    for scaler in of_kind(resources, "HorizontalPodAutoscaler"):
        assert workload(resources, scaler["spec"]["scaleTargetRef"]["name"])
        assert scaler["spec"]["minReplicas"] < scaler["spec"]["maxReplicas"]
        asked |= {metric["pods"]["metric"]["name"] for metric in scaler["spec"]["metrics"]}
    assert asked == set(made)
    for rule in made.values():
        (metric,) = set(re.findall(r"windsock_\w+", rule["metricsQuery"]))
        assert rule["seriesQuery"].startswith(f"{metric}{{")
        assert f'"{metric.removesuffix("_total")}"' in source


def test_a_managed_redis_is_trusted_by_the_certificate_that_is_mounted() -> None:
    for service in SERVICES:
        one = workload(build(KUBERNETES / "overlays/managed-redis"), service)
        (volume,) = template(one)["spec"]["volumes"]
        (mount,) = container(one)["volumeMounts"]
        assert volume["name"] == mount["name"]
        assert mount["readOnly"] is True


def test_alerts_get_out_and_other_services_do_not(resources: list[Resource]) -> None:
    (policy,) = [one for one in of_kind(resources, "NetworkPolicy") if one["metadata"]["name"] == "alerts"]
    assert [one["metadata"]["name"] for one in selected(resources, policy["spec"]["podSelector"])] == ["web"]
    assert policy["spec"]["egress"] == [{"ports": [{"port": 443}, {"port": 80}]}]


def test_the_valkey_of_kubernetes_is_set_up_as_that_of_compose() -> None:
    resources = build(KUBERNETES / "overlays/valkey")
    (config,) = [one for one in of_kind(resources, "ConfigMap") if one["metadata"]["name"] == "valkey"]
    here, there = (
        {line for line in text.splitlines() if line and not line.startswith("#")}
        for text in (config["data"]["valkey.conf"], (ROOT / "deploy/valkey/valkey.conf").read_text())
    )
    assert here - there == {"maxmemory 1gb"}, "Compose gives this one as an argument"
    assert {line.split()[0] for line in there - here} == {"port", "bind", "protected-mode", "aclfile"}
    made = container(workload(resources, "valkey"))
    assert "$REDISCLI_AUTH" in made["args"][0]
    assert "volumes" in template(workload(resources, "valkey"))["spec"]
    for probe in ("startupProbe", "readinessProbe"):
        assert "-a" not in str(made[probe]), "arguments are for every process to see"
