"""What of a feed a viewer lacks: in step with the camera's own stream however long it is, and pictures where that comes no more."""

from __future__ import annotations

from windsock.shared.feeds import Frame, Kind
from windsock.web.video.line import Line
from windsock.web.video.track import MOST_GOP_BYTES, FeedTrack, Look, Shot

KB = 256
"""Of a frame here."""


def frame(seq: int, kind: Kind = "video", *, key: bool = False, time: int = 0) -> bytes:
    return Frame("door", 1, seq, time or seq * 40, kind, key or kind == "jpeg", 64, 36, bytes(KB * 1024)).pack()


def serve(track: FeedTrack, look: Look) -> list[Shot]:
    """Send it all that it lacks; it shows that at once."""
    shots = track.due(look)
    for shot in shots:
        look.took(shot, 0.0)
        look.showed(shot.kind, shot.place)
    return shots


def test_a_viewer_in_step_goes_on_though_the_last_key_picture_is_too_long_ago_for_others() -> None:
    track, look = FeedTrack("door"), Look("video", Line())
    pictures = 4 * MOST_GOP_BYTES // (KB * 1024)
    got: list[int] = []
    for seq in range(1, pictures + 1):
        track.take(frame(seq, key=seq == 1), 0.0)
        got += [shot.seq for shot in serve(track, look)]
    assert got == list(range(1, pictures + 1)), "it stood still"
    assert sum(shot.packet.size for shot in track.gop) <= MOST_GOP_BYTES + KB * 1024
    late = Look("video", Line())
    assert serve(track, late) == [], "nobody can begin with these"
    track.take(frame(pictures + 1, key=True), 0.0)
    assert [shot.seq for shot in serve(track, late)] == [pictures + 1]


def test_who_has_to_wait_for_a_key_picture_sees_the_kept_picture_meanwhile() -> None:
    track, look = FeedTrack("door"), Look("video", Line())
    for seq in range(1, 2 * MOST_GOP_BYTES // (KB * 1024)):
        track.take(frame(seq, key=seq == 1), 0.0)
    track.take(frame(1, "jpeg", time=track.gop[-1].time), 0.0)
    assert [shot.kind for shot in serve(track, look)] == ["jpeg"]
    assert serve(track, look) == [], "once is enough"


def test_pictures_are_for_all_when_the_camera_s_own_stream_comes_no_more() -> None:
    track, look = FeedTrack("door"), Look("video", Line())
    for seq in range(1, 11):
        track.take(frame(seq, key=seq == 1), 0.0)
    track.take(frame(1, "jpeg", time=410), 0.0)
    assert [shot.kind for shot in serve(track, look)] == ["video"] * 10, "its own stream comes all the same"
    track.take(frame(2, "jpeg", time=2_000), 0.0)
    assert [shot.kind for shot in serve(track, look)] == ["jpeg"]
