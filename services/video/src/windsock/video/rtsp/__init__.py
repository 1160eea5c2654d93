"""A camera's stream over RTSP, with nothing but sockets: asked for over TCP, taken apart into access units."""

from .fault import CameraError, Redirected
from .session import RtspSession
from .unit import AccessUnit, Format

__all__ = ["AccessUnit", "CameraError", "Format", "Redirected", "RtspSession"]
