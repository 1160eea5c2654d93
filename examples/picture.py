"""Pictures as raw bytes over HTTP: PUT /v1/streams/{id}/image. A JPEG from a camera goes the same way."""

import http.client
import math
import os
import time

from windsock.client.png import encode_png

WIDTH, HEIGHT = 96, 54
connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("WINDSOCK_HTTP_PORT", "8030")))
while True:
    turn = time.time()
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            wave = 0.5 + 0.5 * math.sin(math.hypot(x - WIDTH / 2, y - HEIGHT / 2) / 4 - 3 * turn)
            pixels += bytes((int(40 + 60 * wave), int(110 + 100 * wave), int(150 + 100 * wave)))
    connection.request("PUT", "/v1/streams/picture/image?name=Ripples", encode_png(WIDTH, HEIGHT, pixels))
    connection.getresponse().read()
    time.sleep(0.25)
