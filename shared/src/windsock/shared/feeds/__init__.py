"""What services share of cameras: which feeds there are, who wants them, who holds them, and the form of a frame."""

from .frame import Frame, Kind
from .state import FeedState, State
from .store import Feed, FeedStore, Tenure, Wish
from .url import FeedUrl, read_feed_url

__all__ = ["Feed", "FeedState", "FeedStore", "FeedUrl", "Frame", "Kind", "State", "Tenure", "Wish", "read_feed_url"]
