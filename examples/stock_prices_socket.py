"""The same prices with nothing but a socket."""

import json
import os
import socket

from stock_ticks import ticks

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_PORT", "8010"))))
for origin, price in ticks():
    connection.sendall(json.dumps({"id": "stock by a socket", "value": {origin: price}, "unit": "$"}).encode())
