"""A random walk on a line."""

import random
import time

from windsock.client import Stream

stream = Stream("random", name="Random walk", legend=["value"], active_points=100)
value = 50.0
while True:
    value += random.gauss(0, 2)
    stream.send(value)
    time.sleep(0.2)
