"""Framing: pure codecs between a stream's bytes and single messages. No I/O, no clock, no state but the stream's own."""

from .fault import Fault, FaultCode
from .frames import Frame, FrameSplitter
from .objects import BOM, ObjectSplitter
from .pickled import PickleRefused, looks_pickled, read_text
from .relaxed import RelaxedRefused, parse_relaxed
from .scanner import Piece

__all__ = [
    "BOM",
    "Fault",
    "FaultCode",
    "Frame",
    "FrameSplitter",
    "ObjectSplitter",
    "PickleRefused",
    "Piece",
    "RelaxedRefused",
    "looks_pickled",
    "parse_relaxed",
    "read_text",
]
