"""A random walk with nothing but a socket: JSON objects, one after the other. Answers need not be read."""

import json
import os
import random
import socket
import time

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_PORT", "8010"))))
value = 50.0
while True:
    value += random.gauss(0, 2)
    message = {
        "id": 80085,
        "value": [value],
        "type": "line",
        "active_points": 100,
        "label": ["Random Number"],
        "legend": ["random"],
        "name": "Random walk by a socket",
        "borderColor": ["#3e95cd"],
        "backgroundColor": ["#3e95cd"],
    }
    connection.sendall(json.dumps(message).encode())
    time.sleep(0.2)
