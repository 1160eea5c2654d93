"""A grid that counts, with nothing but a socket: `[row, column]` adds one to a cell."""

import json
import os
import random
import socket
import time

SIZE = 32
connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_PORT", "8010"))))
while True:
    cell = [min(SIZE - 1, max(0, round(random.gauss(SIZE / 2, SIZE / 7)))) for _ in range(2)]
    message = {"id": "heatmap by a socket", "type": "heatmap", "value": cell, "width": SIZE, "height": SIZE}
    connection.sendall(json.dumps(message).encode())
    time.sleep(0.02)
