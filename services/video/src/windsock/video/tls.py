"""Whether a camera is who it says it is, where it speaks TLS: by the authorities that this machine trusts, by one that a setting names, by the very certificate
that its publisher names, or, where the publisher says so, not at all.

It is settled before a word is said to the camera, so that no password goes to somebody else.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.shared.runtime import CannotStart

from .rtsp.fault import CameraError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Authorities", "BadAuthorities", "Trust", "tls_fault"]

ANY: Final = "any"
SHA256_DIGITS: Final = 64

_WHY: Final = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself",
    19: "it is signed by an authority that is not known here",
    20: "it is signed by an authority that is not known here",
    21: "it is signed by an authority that is not known here",
    62: "it is another name's",
    64: "it is another address's",
}
"""OpenSSL's numbers (X509_V_ERR_...), in words of our own."""


class BadAuthorities(CannotStart):
    """The file of authorities can't be read. Its text is for the person who named it."""


class Authorities:
    """Whose signature on a camera's certificate counts: what the system trusts, and a file of one's own."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        if file is not None:
            _ = self.verifying  # a file that can't be read is told at the start, and not by the first camera

    @cached_property
    def verifying(self) -> ssl.SSLContext:
        """Takes only certificates that are signed, in time, and the host's own. Made once: reading the system's authorities takes 20 ms."""
        context = ssl.create_default_context()
        if self._file is not None:
            try:
                context.load_verify_locations(self._file)
            except (OSError, ssl.SSLError) as error:
                raise BadAuthorities(
                    f"WINDSOCK_VIDEO_CA_FILE: {self._file} holds no certificates that can be read ({type(error).__name__})"
                ) from None
        return context

    @cached_property
    def lenient(self) -> ssl.SSLContext:
        """Takes any certificate; what is done about it is for `Trust` to say."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Trust:
    """What one camera's certificate has to be."""

    authorities: Authorities
    certificate: str = ""
    """Nothing: signed. `any`: whatever it is. Else its SHA-256 fingerprint, as digits alone."""

    @classmethod
    def of(cls, authorities: Authorities, options: Mapping[str, Any]) -> Trust:
        """What a feed's publisher asks for. What is neither `any` nor a fingerprint fits no certificate: a slip must not open the door."""
        asked = options.get("certificate")
        if asked is None or asked == "":
            return cls(authorities)
        text = str(asked).strip().lower()
        return cls(authorities, ANY if text == ANY else text.removeprefix("sha256:").replace(":", "").replace(" ", ""))

    @property
    def blind(self) -> bool:
        """Whether nothing is checked."""
        return self.certificate == ANY

    def context(self) -> ssl.SSLContext:
        """What to connect with."""
        return self.authorities.lenient if self.certificate else self.authorities.verifying

    def look(self, transport: asyncio.BaseTransport) -> None:
        """Look at the certificate of a connection that was just made.

        Raises:
            CameraError: `untrusted`: it is not the one that was named.
        """
        if not self.certificate or self.blind:
            return
        peer = cast("ssl.SSLObject | None", transport.get_extra_info("ssl_object"))
        shown = peer.getpeercert(binary_form=True) if peer is not None else None
        found = hashlib.sha256(shown or b"").hexdigest()
        if len(self.certificate) != SHA256_DIGITS or not hmac.compare_digest(found.encode(), self.certificate.encode()):
            raise CameraError(
                "untrusted", "the camera's certificate is not the one whose fingerprint was given", lasting=True
            )


def tls_fault(place: str, error: OSError | ssl.SSLError) -> CameraError:
    """What it means that no connection came about. Not in the error's own words: they may hold more than an outsider is to know."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _WHY.get(error.verify_code, "it can't be verified")
        return CameraError("untrusted", f"the certificate of {place} is not trusted: {why}", lasting=True)
    if isinstance(error, ConnectionRefusedError):
        return CameraError("unreachable", f"{place} can't be reached: nothing listens there")
    if isinstance(error, ssl.SSLError):
        return CameraError("unreachable", f"{place} can't be reached: no TLS is spoken there")
    return CameraError("unreachable", f"{place} can't be reached: no way leads there")
