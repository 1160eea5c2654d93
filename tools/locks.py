"""Writes `requirements/*.lock` from the packages' pyproject.toml files: every version and hash, and no download host.

`make locks` keeps the versions that are locked; `make locks UPGRADE=1` takes the newest.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
CLIENT = ["clients/python/pyproject.toml", "--extra", "command"]

SERVICES = ("ingest-tcp", "ingest-http", "ingest-redis", "video", "web")

# One for development, one for everything that `windsock up` runs, one a service for its image. `dev` holds all others,
# and is resolved first: the others take its versions, so that what is tested is what is shipped.
LOCKS = {
    "dev": [*CLIENT, "--group", "pyproject.toml:dev"],
    "all": CLIENT,
    **{name: [f"services/{name}/pyproject.toml"] for name in SERVICES},
    "demo": ["clients/python/pyproject.toml", "--extra", "demo"],
    "installer": ["--group", "pyproject.toml:installer"],
    "node": ["--group", "pyproject.toml:node"],
}
OURS = ("windsock", "windsock-shared", *(f"windsock-{name}" for name in SERVICES))
FLAGS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]
HOST = re.compile(r"https?://|file://")


def main() -> int:
    """Resolve all locks; refuse one that names a host."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    asked = parser.parse_args()
    ours = [part for name in OURS for part in ("--no-emit-package", name)]
    for name, sources in LOCKS.items():
        target = REQUIREMENTS / f"{name}.lock"
        upgrade = ["--upgrade"] if asked.upgrade else []
        same = [] if name in {"dev", "installer", "node"} else ["-c", REQUIREMENTS / "dev.lock"]
        command = ["uv", "pip", "compile", *FLAGS, *ours, *upgrade, *same, *sources, "-o", target]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return 1
        if HOST.search(target.read_text()):
            print(
                f"{target.name} names a download host; it must hold names, versions and hashes only.", file=sys.stderr
            )
            return 1
        print(f"requirements/{target.name}: {target.read_text().count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
