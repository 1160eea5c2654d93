"""A webcam, a video file or a test pattern, picture by picture. `image` takes encoded bytes, files, PIL images and arrays."""

from webcam_frames import frames

from windsock.client import Stream

webcam = Stream("webcam", "image", name="Webcam")
for picture in frames():
    webcam.image(picture)
