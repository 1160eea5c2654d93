"""A camera made of GStreamer's RTSP server: run with the system's Python, which has `gi`. Each picture carries the moment it was made, as a barcode.

Not imported by tests: `kit.camera` starts it as a process of its own, so that it can be killed and frozen.
"""

# ruff: noqa: E402, T201
# pyright: basic, reportMissingImports=false
from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

BITS = 40
"""Enough for a Unix time in ms, modulo 34 years."""


def texture(size: int) -> bytes:
    """Something that encodes to many bytes, as leaves and grass do."""
    return b"".join(bytes((40 + value * 3 // 4,)) * 4 for value in random.Random(7).randbytes(size // 4))


def picture(width: int, height: int, number: int, leaves: bytes) -> bytes:
    """I420: a moving band, and in the top rows one block a bit of the time in ms, highest first. `leaves`: what is behind the band, moving too."""
    block = width // BITS // 2 * 2
    now = time.time_ns() // 1_000_000
    row = bytearray(b"\x80" * width)
    for bit in range(BITS):
        value = 235 if now >> (BITS - 1 - bit) & 1 else 16
        row[bit * block : (bit + 1) * block] = bytes((value,)) * block
    place = number * 8 % width
    luma = bytearray(leaves[place : place + width * height] or b"\x60" * (width * height))
    luma[: width * block] = bytes(row) * block
    band = (number * 4) % (height - 2 * block - 16) + block
    luma[band * width : (band + 16) * width] = b"\xc0" * (16 * width)
    return bytes(luma) + b"\x80" * (width * height // 2)


class Camera(GstRtspServer.RTSPMediaFactory):
    """One mount point."""

    def __init__(self, asked: argparse.Namespace) -> None:
        super().__init__()
        self.asked = asked
        caps = f"video/x-raw,format=I420,width={asked.width},height={asked.height},framerate={asked.fps}/1"
        encoder = {
            "h264": f"x264enc tune=zerolatency speed-preset=ultrafast key-int-max={asked.gop} bitrate={asked.kbps} threads=1 "
            "! video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=0",
            "hevc": f"x265enc tune=zerolatency speed-preset=ultrafast key-int-max={asked.gop} ! rtph265pay name=pay0 pt=96",
            "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
        }[asked.codec]
        if asked.clip:
            caps = f"video/x-h264,stream-format=byte-stream,alignment=au,width={asked.width},height={asked.height},framerate={asked.fps}/1"
            encoder = "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1"
        self.set_launch(f"( appsrc name=source is-live=true do-timestamp=true format=time caps={caps} ! {encoder} )")
        self.set_shared(asked.shared)

    def do_configure(self, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_child_by_name("source")
        stop = threading.Event()
        threading.Thread(target=self.run, args=(source, stop), daemon=True).start()
        media.connect("unprepared", lambda _: stop.set())

    def run(self, source: Gst.Element, stop: threading.Event) -> None:
        if self.asked.clip:
            self.play(source, stop)
            return
        width, height = self.asked.width, self.asked.height
        leaves = texture(width * (height + 1)) if self.asked.leaves else b""
        number, due = 0, time.monotonic()
        while not stop.is_set():
            data = picture(width, height, number, leaves)
            if source.emit("push-buffer", Gst.Buffer.new_wrapped(data)) not in {
                Gst.FlowReturn.OK,
                Gst.FlowReturn.FLUSHING,
            }:
                return
            number += 1
            due = max(due + 1 / self.asked.fps, time.monotonic() - 0.2)
            time.sleep(max(0.0, due - time.monotonic()))

    def play(self, source: Gst.Element, stop: threading.Event) -> None:
        """Send a clip again and again, picture n at the moments that are n pictures into the clip's length."""
        with open(self.asked.clip, "rb") as clip:  # noqa: PTH123
            units = []
            while head := clip.read(4):
                units.append(clip.read(int.from_bytes(head, "big")))
        # The server answers nobody until it has seen a picture.
        source.emit("push-buffer", Gst.Buffer.new_wrapped(units[0]))
        span = len(units) / self.asked.fps
        begin = (time.time() // span + 1) * span
        number = 0
        while not stop.is_set():
            time.sleep(max(0.0, begin + number / self.asked.fps - time.time()))
            if source.emit("push-buffer", Gst.Buffer.new_wrapped(units[number % len(units)])) not in {
                Gst.FlowReturn.OK,
                Gst.FlowReturn.FLUSHING,
            }:
                return
            number += 1


def main() -> None:
    """Serve until killed; the port goes to stdout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=180)
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--gop", type=int, default=15)
    parser.add_argument("--kbps", type=int, default=2000)
    parser.add_argument("--codec", default="h264")
    parser.add_argument(
        "--clip", default="", help="access units, each behind its length in 4 bytes, instead of a pattern"
    )
    parser.add_argument("--leaves", action="store_true", help="a picture with as many bytes as a garden has")
    parser.add_argument("--mounts", type=int, default=1)
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    asked = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(asked.port)
    if asked.user:
        auth = GstRtspServer.RTSPAuth()
        auth.set_supported_methods(2)  # digest
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth.add_digest(asked.user, asked.password, token)
        server.set_auth(auth)
    camera = Camera(asked)
    if asked.user:
        camera.add_role_from_structure(
            Gst.Structure.new_from_string("user,media.factory.access=true,media.factory.construct=true")[0]
            if isinstance(Gst.Structure.new_from_string("user"), tuple)
            else Gst.Structure.new_from_string("user,media.factory.access=true,media.factory.construct=true")
        )
    for number in range(asked.mounts):
        server.get_mount_points().add_factory(f"/cam{number}", camera)
    server.attach(None)
    print(json.dumps({"port": server.get_bound_port()}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), GLib.idle_add(loop.quit)), daemon=True).start()
    loop.run()


loop = GLib.MainLoop()
if __name__ == "__main__":
    main()
