"""Lines of text with nothing but a socket."""

import itertools
import json
import os
import socket
import time

connection = socket.create_connection(("127.0.0.1", int(os.environ.get("WINDSOCK_TCP_PORT", "8010"))))
for number in itertools.count(1):
    message = {"id": "log by a socket", "type": "text", "value": f"line {number} at {time.strftime('%X')}"}
    connection.sendall(json.dumps(message).encode())
    time.sleep(0.5)
