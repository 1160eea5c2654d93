"""A camera's MJPEG over HTTP: one answer that never ends, a picture a part."""

from .session import HttpSession

__all__ = ["HttpSession"]
