"""A training run: `send` costs the loop some microseconds, whatever the server does. The training itself is made up."""

import math
import random
import time

from windsock.client import Stream
from windsock.client.png import encode_png

loss = Stream(
    "training/loss", name="Loss", legend=["training", "validation"], log=True, active_points=500, group="Training"
)
accuracy = Stream("training/accuracy", "stat", name="Accuracy", unit="%", decimals=1, max=100, group="Training")
weights = Stream("training/weights", name="First layer", group="Training")

SIZE = 32
for step in range(1_000_000):
    time.sleep(0.02)  # here a real program computes
    now = 2.5 * math.exp(-step / 400) + 0.05
    loss.send(now * random.uniform(0.9, 1.1), now * random.uniform(1.0, 1.3))
    if step % 25 == 0:
        accuracy.send(100 * (1 - math.exp(-step / 300)) * random.uniform(0.97, 1.0))
        pixels = bytes(
            int(128 + 100 * math.sin(x * y / 40 + step / 90) * random.uniform(0.8, 1.2)) & 255
            for y in range(SIZE)
            for x in range(SIZE)
        )
        weights.image(encode_png(SIZE, SIZE, pixels))
