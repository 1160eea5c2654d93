"""nchan, a C module of nginx: its configuration, and a publisher that posts the packet to it 20 times a second. argv of the publisher: port."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from benchmarks.load.packet import packet_text
from benchmarks.peers.ticking import tick_when_told
from benchmarks.processes import MissingPeer

__all__ = ["command"]

MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules")
HOW_TO_GET_IT = "nginx with nchan is not installed: apt-get install nginx libnginx-mod-nchan"

CONFIGURATION = """
load_module {module};
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 12000; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location = /sub {{ nchan_subscriber websocket; nchan_channel_id bench; nchan_subscriber_first_message newest; }}
    location = /pub {{ nchan_publisher http; nchan_channel_id bench; nchan_message_buffer_length 1; keepalive_requests 100000000; }}
  }}
}}
"""


def command(folder: Path, port: int) -> list[str | Path]:
    """Write the configuration; what starts the server."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    module = next((found for place in MODULES if (found := Path(place) / "ngx_nchan_module.so").exists()), None)
    if program is None or module is None:
        raise MissingPeer(HOW_TO_GET_IT)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(module=module, folder=folder, port=port))
    return [program, "-p", folder, "-e", "stderr", "-c", configuration]


async def main() -> None:
    """Publish when told, over one kept connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))

    async def tick() -> None:
        payload = packet_text()
        writer.write(
            b"POST /pub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nAccept: text/plain\r\nContent-Length: %d\r\n\r\n%b"
            % (len(payload), payload)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length or 0))

    await tick_when_told(tick)


if __name__ == "__main__":
    asyncio.run(main())
