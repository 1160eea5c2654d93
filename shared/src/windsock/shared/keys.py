"""Every Redis key and channel name, built here and nowhere else.

All names stand under one prefix. The keys of one stream share the hash tag `{id}`, so that all of a stream lives on one Cluster node and one Lua call
may touch them together. A stream's id may itself contain braces: Redis takes what stands between the first `{` and the first `}` after it as the tag, and
all of a stream's keys start alike up to there, so they still share a slot; except for an id that starts with `}`, whose tag would be empty: see `_tag`.
"""

from __future__ import annotations

from typing import Final

__all__ = ["Keys"]


def _tag(stream: str) -> str:
    # `{}` is no hash tag: Redis would hash whole keys and scatter the stream. A control character cannot occur in an id that the contract takes, so the
    # name stays unique.
    return f"\x01{stream}" if stream.startswith("}") else stream


class Keys:
    """Names under one prefix. Cheap to build; hold one per process."""

    def __init__(self, prefix: str = "windsock") -> None:
        self.prefix: Final = prefix
        self.streams: Final = f"{prefix}:streams"
        """ZSET: the catalogue; member id, score the time it was first seen, in ms."""
        self.catalogue: Final = f"{prefix}:catalogue"
        """Channel: `set <id>` when a spec changed, `del <id>` when a stream was removed."""
        self.inbox: Final = f"{prefix}:inbox"
        """Stream: publishers XADD here, field `m`."""
        self.inbox_group: Final = "ingest"
        self.inbox_lease: Final = f"{{{prefix}:inbox}}:lease"
        """String: the ingest-redis worker that reads at the moment; and a channel, `free` when it is given back. On the inbox's node: scripts look at both."""
        self.inbound_pattern: Final = f"{prefix}:in:*"
        """Pattern of the channels that publishers PUBLISH to."""
        self._stream_prefix: Final = f"{prefix}:{{"
        self._inbound_prefix: Final = f"{prefix}:in:"
        self.refused: Final = f"{prefix}:refused"
        """Channel: errors for publishers that have no other way to hear of them, as JSON lines."""

        self.alert_rules: Final = f"{{{prefix}:alerts}}:rules"
        """HASH: a stream's id to its rule as JSON. The keys of alerts share a tag: one script looks at several."""
        self.alerts: Final = f"{{{prefix}:alerts}}:state"
        """STRING: active and recent alerts, as JSON; written only by the watchman."""
        self.alerts_delivered: Final = f"{{{prefix}:alerts}}:delivered"
        """STRING: number of the last alert event that the webhook has taken."""
        self.alerts_owner: Final = f"{{{prefix}:alerts}}:owner"
        """STRING with a TTL: the lease of the web process that is the watchman."""
        self.alerts_fence: Final = f"{{{prefix}:alerts}}:fence"
        """STRING: how often that lease was taken."""
        self.alerts_changed: Final = f"{prefix}:alerts:changed"
        """Channel: `state`, or `rule <id>`."""

        self.boards: Final = f"{{{prefix}:boards}}:names"
        """ZSET: saved boards; member name, score when it was saved, in ms. The keys of boards share a tag: one script looks at several."""
        self.board_versions: Final = f"{{{prefix}:boards}}:versions"
        """STRING: how often a board was saved, counted over all of them."""

        self.feeds: Final = f"{prefix}:feeds"
        """HASH: a camera's stream id to its URL, with its password, and its options. Web writes it when a camera is added at the board, and never reads it."""
        self.feeds_wake: Final = f"{prefix}:feeds:wake"
        """Channel: an id that video workers should look at now."""
        self.feed_demand: Final = f"{prefix}:feeds:demand"
        """ZSET: `<kind>:<id>` of each feed that is watched, score until when, in ms."""

    def board(self, name: str) -> str:
        """HASH: a saved board's `version`, `saved` (ms) and `arrangement` as JSON."""
        return f"{{{self.prefix}:boards}}:board:{name}"

    def spec(self, stream: str) -> str:
        """HASH: the stream's spec fields as JSON text, and its counters `@epoch`, `@offset`, `@version`, `@bytes`."""
        return f"{self.prefix}:{{{_tag(stream)}}}:spec"

    def history(self, stream: str) -> str:
        """STREAM: one entry a batch, entry id `<last offset>-0`."""
        return f"{self.prefix}:{{{_tag(stream)}}}:history"

    def sources(self, stream: str) -> str:
        """HASH: source name to the highest `seq` stored from it and when."""
        return f"{self.prefix}:{{{_tag(stream)}}}:sources"

    def live(self, stream: str) -> str:
        """Channel: one message a batch."""
        return f"{self.prefix}:{{{_tag(stream)}}}:live"

    def frame(self, stream: str) -> str:
        """STRING with a TTL: a feed's newest frame."""
        return f"{self.prefix}:{{{_tag(stream)}}}:frame"

    def frames(self, stream: str) -> str:
        """Channel: a feed's frames."""
        return f"{self.prefix}:{{{_tag(stream)}}}:frames"

    def small_frames(self, stream: str) -> str:
        """Channel: a feed's frames, small enough for slow lines."""
        return f"{self.prefix}:{{{_tag(stream)}}}:small-frames"

    def access_units(self, stream: str) -> str:
        """Channel: a feed's frames as its camera encoded them."""
        return f"{self.prefix}:{{{_tag(stream)}}}:access-units"

    def feed_state(self, stream: str) -> str:
        """STRING with a TTL: how a feed is."""
        return f"{self.prefix}:{{{_tag(stream)}}}:feed-state"

    def feed_states(self, stream: str) -> str:
        """Channel: how a feed is, when that changes."""
        return f"{self.prefix}:{{{_tag(stream)}}}:feed-states"

    def feed_owner(self, stream: str) -> str:
        """STRING with a TTL: the lease on a feed; the video worker that holds it."""
        return f"{self.prefix}:{{{_tag(stream)}}}:feed-owner"

    def feed_fence(self, stream: str) -> str:
        """STRING: how often a feed was taken by a worker."""
        return f"{self.prefix}:{{{_tag(stream)}}}:feed-fence"

    def sharded(self, channel: str) -> bool:
        """Whether this is a channel of one stream, heard on the stream's own node of a cluster (SSUBSCRIBE). The others are heard on any."""
        return channel.startswith(self._stream_prefix)

    def inbound(self, stream: str) -> str:
        """Channel that publishers PUBLISH a stream's messages to."""
        return f"{self._inbound_prefix}{stream}"

    def inbound_stream(self, channel: str) -> str:
        """The stream id that an inbound channel names."""
        return channel[len(self._inbound_prefix) :]

    def probe(self, who: str) -> str:
        """Channel on which one process checks that its own subscription still delivers."""
        return f"{self.prefix}:probe:{who}"
