"""A camera by GStreamer's RTSP server, registered as a feed. H.264, as real cameras send it; the server begins when somebody looks.

Needs Debian's gir1.2-gst-rtsp-server-1.0, python3-gi and gstreamer1.0-plugins-{base,good,ugly}. A camera on the network needs only the line with `Stream`.

The board opens no camera on its own machine unless it is told to: WINDSOCK_VIDEO_NETWORKS=127.0.0.0/8 windsock up
"""

import os
import subprocess
import sys

from windsock.client import Stream

PORT = os.environ.get("CAMERA_PORT", "8554")
SERVER = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory(); factory.set_shared(True)
factory.set_launch("( videotestsrc is-live=true pattern=ball ! video/x-raw,width=480,height=270,framerate=15/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 )")
server.get_mount_points().add_factory("/ball", factory)
server.attach(None)
GLib.MainLoop().run()
"""
# The system's own Python has GStreamer's bindings; a virtual environment seldom does.
with subprocess.Popen(["/usr/bin/python3", "-c", SERVER, PORT]) as camera:
    try:
        Stream("camera/gstreamer", "video_stream", name="A ball").send(f"rtsp://127.0.0.1:{PORT}/ball")
        sys.exit(camera.wait())
    finally:
        camera.kill()
