"""Bars over HTTP with the client: the server's URL says the way."""

import os
import random
import time

from windsock.client import Stream

server = f"http://127.0.0.1:{os.environ.get('WINDSOCK_HTTP_PORT', '8030')}"
calls = Stream("calls", "bar", server=server, name="Calls", label=["north", "east", "south", "west"])
while True:
    calls.send([random.randint(0, 20) for _ in range(4)])
    time.sleep(1)
