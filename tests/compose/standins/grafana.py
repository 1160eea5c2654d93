"""In Grafana's place: is well if it finds its data source, its dashboard and a place to write, where Grafana looks for them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import tempfile
from pathlib import Path

PROVISIONING = Path("/etc/grafana/provisioning")
DASHBOARDS = Path("/var/lib/grafana-dashboards")
HOME = Path("/var/lib/grafana")


def look() -> None:
    """Raise if something is not as Grafana needs it."""
    (source,) = PROVISIONING.glob("datasources/*.yml")
    host, port = re.findall(r"url: http://([\w.-]+):(\d+)", source.read_text())[0]
    (provider,) = PROVISIONING.glob("dashboards/*.yml")
    assert str(DASHBOARDS) in provider.read_text()
    home = Path(os.environ["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert json.loads(home.read_text())["panels"]
    for folder in (HOME, Path(tempfile.gettempdir())):
        (folder / "probe").write_text("")
    socket.create_connection((host, int(port)), 5).close()


def end(*_: object) -> None:
    """Grafana ends with 0, too."""
    os._exit(0)


signal.signal(signal.SIGTERM, end)
with socket.create_server(("", 3000)) as door:
    while True:
        link, _ = door.accept()
        with link:
            try:
                link.recv(1000)
                look()
                link.sendall(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok")
            except (AssertionError, OSError, ValueError, IndexError, KeyError) as error:
                print(repr(error), flush=True)
                link.sendall(b"HTTP/1.0 503 Not Ready\r\ncontent-length: 0\r\n\r\n")
