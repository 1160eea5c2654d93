"""From a publisher's bytes to the broker: what all ingest services share.

`Intake.accept` validates a message and gathers it; a writer task stores what was gathered, one flight after the other, each stream's samples of a flight in one
batch. Transports bring the bytes and carry the answers, and nothing else.
"""

from .flight import Flight, Sender
from .intake import Intake

__all__ = ["Flight", "Intake", "Sender"]
