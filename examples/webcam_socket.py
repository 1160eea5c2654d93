"""A webcam with nothing but a socket: JSON with a data URL, its length in front, to TCP 8020."""

import base64
import json
import os
import socket
import struct

from webcam_frames import frames

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_LARGE_PORT", "8020"))))
for picture in frames():
    url = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    data = json.dumps({"id": "webcam by a socket", "type": "image", "value": url}).encode()
    connection.sendall(struct.pack(">L", len(data)) + data)
