"""A heatmap that the program draws itself and sends as a picture: any array of bytes will do, a numpy one most of all."""

import math
import time

from windsock.client import Stream
from windsock.client.png import encode_png

WIDTH, HEIGHT = 64, 36
plate = Stream("plate", name="A warm plate")
while True:
    turn = time.time()
    x0, y0 = WIDTH * (0.5 + 0.3 * math.sin(turn)), HEIGHT * (0.5 + 0.3 * math.cos(turn * 0.7))
    pixels = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            heat = math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 90)
            pixels += bytes((int(255 * min(1, 2 * heat)), int(255 * max(0, 2 * heat - 1)), int(90 * (1 - heat))))
    plate.image(encode_png(WIDTH, HEIGHT, pixels))
    time.sleep(0.2)
