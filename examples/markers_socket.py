"""Places on a map, as a text with unquoted keys: what older programs send."""

import json
import math
import os
import socket
import time

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_PORT", "8010"))))
while True:
    turn = time.time() / 10
    markers = ", ".join(
        f"{{lat: {41.4 + 0.02 * math.sin(turn + place):.4f}, lng: {2.17 + 0.03 * math.cos(turn + place):.4f}}}"
        for place in range(5)
    )
    value = f"{{ center: {{lat: 41.4, lng: 2.17}}, zoom: 12, data: [{markers}] }}"
    connection.sendall(json.dumps({"id": "markers", "type": "map", "name": "Buses", "value": value}).encode())
    time.sleep(1)
