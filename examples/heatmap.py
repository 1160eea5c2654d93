"""A grid that counts: each sample adds one to a cell."""

import random
import time

from windsock.client import Stream

SIZE = 32
grid = Stream("heatmap", "heatmap", name="Hits", width=SIZE, height=SIZE)
while True:
    row, column = (min(SIZE - 1, max(0, round(random.gauss(SIZE / 2, SIZE / 7)))) for _ in range(2))
    grid.send(row, column)
    time.sleep(0.02)
