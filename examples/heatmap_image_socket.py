"""A heatmap as a picture, as older programs send it: JSON text with a data URL, pickled, with its length in front, to TCP 8020."""

import base64
import json
import os
import pickle
import random
import socket
import struct
import time

from windsock.client.png import encode_png

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_LARGE_PORT", "8020"))))
while True:
    picture = base64.b64encode(encode_png(64, 36, random.randbytes(64 * 36))).decode()
    message = {"id": "noise", "type": "image", "name": "Noise", "value": f"data:image/png;base64,{picture}"}
    data = pickle.dumps(json.dumps(message), 0)
    connection.sendall(struct.pack(">L", len(data)) + data)
    time.sleep(0.5)
