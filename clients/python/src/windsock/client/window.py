"""Messages under way: sent on this connection and not yet acknowledged. Pure bookkeeping, no I/O.

The server counts a connection's messages from 1 and acknowledges by count. A message that carries samples keeps its `seq` for life: sent again on the next
connection, word for word, it is stored once. That is all that "exactly once" needs.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from windsock.client.outbox import Outbox

__all__ = ["Packet", "Window"]

MOST_PACKETS: Final = 1000
"""Also keeps answers so few that they fit into a socket's buffer while we write and do not read: nobody waits for each other."""
MOST_BYTES: Final = 4 * 1024 * 1024


class Packet:
    """One encoded message. Without samples it announces its stream's looks."""

    __slots__ = ("data", "look", "outbox", "refused", "samples")

    def __init__(self, outbox: Outbox, data: bytes, samples: int, look: dict[str, Any] | None = None) -> None:
        self.outbox = outbox
        self.data = data
        self.samples = samples
        self.look = look
        """The looks that it announces."""
        self.refused = False


class Window:
    """What waits for an acknowledgement, oldest first."""

    def __init__(self, most_packets: int = MOST_PACKETS, most_bytes: int = MOST_BYTES) -> None:
        self._most_packets = most_packets
        self._most_bytes = most_bytes
        self._packets: deque[Packet] = deque()
        self._bytes = 0
        self._settled = 0  # of this connection's messages

    def __len__(self) -> int:
        return len(self._packets)

    def datas(self) -> list[bytes]:
        """The bytes of all of them."""
        return [packet.data for packet in self._packets]

    @property
    def has_room(self) -> bool:
        """Whether one more message may go: one always may, whatever its size."""
        return not self._packets or (len(self._packets) < self._most_packets and self._bytes < self._most_bytes)

    def add(self, packet: Packet) -> None:
        """The message is about to be sent."""
        self._packets.append(packet)
        self._bytes += len(packet.data)

    def acknowledge(self, count: int) -> list[Packet]:
        """The server has dealt with its first `count` messages: those that are new to us."""
        done: list[Packet] = []
        while self._settled < count and self._packets:
            packet = self._packets.popleft()
            self._bytes -= len(packet.data)
            self._settled += 1
            done.append(packet)
        return done

    def refuse(self, index: int) -> Packet | None:
        """The server refused message number `index` (from 0). It is still to be acknowledged; None if that is not under way."""
        place = index - self._settled
        if not 0 <= place < len(self._packets):
            return None
        packet = self._packets[place]
        packet.refused = True
        return packet

    def looks(self) -> list[Outbox]:
        """Whose looks alone are under way, without a sample that would bring them along again."""
        return [packet.outbox for packet in self._packets if not packet.samples and not packet.refused]

    def rewind(self) -> list[Packet]:
        """The connection is lost: what must be sent again on the next, in order. Announcements are made anew, for a server that may have forgotten."""
        again = [packet for packet in self._packets if packet.samples and not packet.refused]
        self._packets.clear()
        self._bytes = 0
        self._settled = 0
        return again
