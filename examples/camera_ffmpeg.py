"""A camera by ffmpeg, registered as a feed.

ffmpeg can't serve RTSP: it pushes to an RTSP server, or waits for one to push. But it serves MJPEG over HTTP, to one viewer at a time. That is enough: Windsock
has one connection for all viewers. When that ends, because nobody looks any more, so does ffmpeg, and it is started again.

The board opens no camera on its own machine, and none over HTTP, unless it is told to:
WINDSOCK_VIDEO_NETWORKS=127.0.0.0/8 WINDSOCK_VIDEO_HTTP=true windsock up
"""

import os
import subprocess
import time

from windsock.client import Stream

PORT = os.environ.get("CAMERA_PORT", "8556")
URL = f"http://127.0.0.1:{PORT}/bars.mjpeg"
PICTURES = "-loglevel quiet -nostdin -re -f lavfi -i testsrc=size=480x270:rate=12 -c:v mjpeg -q:v 6 -f mpjpeg"
SERVE = f"ffmpeg {PICTURES} -content_type multipart/x-mixed-replace;boundary=ffmpeg -listen 1 {URL}"

Stream("camera/ffmpeg", "video_stream", name="Bars").send(URL)
while True:
    with subprocess.Popen(SERVE.split()) as camera:
        try:
            camera.wait()
        finally:
            camera.kill()
    time.sleep(0.2)
