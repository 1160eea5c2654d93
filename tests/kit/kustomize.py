"""What `kubectl kustomize` makes of a folder, for as much of kustomize as deploy/kubernetes uses; anything else is an error."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Resource", "build"]

Resource = dict[str, Any]
KNOWN = {"apiVersion", "kind", "namespace", "labels", "resources", "patches"}
CLUSTER_WIDE = {"Namespace"}


def build(folder: Path) -> list[Resource]:
    """The resources of a folder with a kustomization.yml."""
    wanted = yaml.safe_load((folder / "kustomization.yml").read_text())
    assert not set(wanted) - KNOWN, f"not understood here: {set(wanted) - KNOWN}"
    found: list[Resource] = []
    for name in wanted["resources"]:
        path = (folder / name).resolve()
        found += build(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for patch in wanted.get("patches", []):
        target = patch["target"]
        hit = [one for one in found if _fits(one, target)]
        assert hit, f"a patch without a target: {target}"
        for one in hit:
            for step in yaml.safe_load(patch["patch"]):
                _apply(one, step)
    for one in found:
        if wanted.get("namespace") and one["kind"] not in CLUSTER_WIDE:
            one["metadata"]["namespace"] = wanted["namespace"]
        for labels in wanted.get("labels", []):
            assert set(labels) <= {"pairs", "includeTemplates"}, labels
            one["metadata"].setdefault("labels", {}).update(labels["pairs"])
            if labels.get("includeTemplates") and "template" in one.get("spec", {}):
                one["spec"]["template"]["metadata"].setdefault("labels", {}).update(labels["pairs"])
                for claim in one["spec"].get("volumeClaimTemplates", []):
                    claim["metadata"].setdefault("labels", {}).update(labels["pairs"])
    return found


def _fits(resource: Resource, target: dict[str, str]) -> bool:
    return bool(
        re.fullmatch(target["kind"], resource["kind"])
        and re.fullmatch(target.get("name", ".*"), resource["metadata"]["name"])
    )


def _apply(resource: Resource, step: dict[str, Any]) -> None:
    assert step["op"] == "add", step
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
    place: Any = resource
    for part in way:
        place = place[int(part) if part.isdecimal() else part]
    assert isinstance(place, dict), step
    place[last] = copy.deepcopy(step["value"])
