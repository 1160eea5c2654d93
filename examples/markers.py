"""Places on a map."""

import math
import time

from windsock.client import Stream

buses = Stream("buses", "map", name="Buses")
while True:
    turn = time.time() / 10
    places = [
        {"lat": 41.4 + 0.02 * math.sin(turn + bus), "lng": 2.17 + 0.03 * math.cos(turn + bus), "name": f"bus {bus}"}
        for bus in range(5)
    ]
    buses.send({"center": {"lat": 41.4, "lng": 2.17}, "zoom": 12, "data": places})
    time.sleep(1)
