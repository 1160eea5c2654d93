"""What can be wrong with a camera, in a word for programs and a sentence for a person. Neither ever holds a password: viewers read both."""

from __future__ import annotations

__all__ = ["CameraError", "Redirected"]


class CameraError(Exception):
    """The camera can't be shown.

    Args:
        code: `unreachable`, `timeout`, `closed`, `unauthorized`, `not_found`, `refused`, `malformed`, `unsupported`, `untrusted` or `forbidden`.
        message: a sentence.
        lasting: trying again at once is of no use: the URL has to change, or the camera.
    """

    def __init__(self, code: str, message: str, *, lasting: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.lasting = lasting


class Redirected(Exception):
    """The camera says to ask elsewhere. Whoever asked decides whether to."""

    def __init__(self, location: str) -> None:
        super().__init__("the camera redirects")
        self.location = location
