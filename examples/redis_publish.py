"""Straight to Redis: PUBLISH is shown live and recorded, at most once; XADD to the inbox is never lost. Needs the package `redis`."""

# pyright: reportUnknownMemberType=false

import json
import math
import os
import random
import time

from redis import Redis

redis = Redis.from_url(os.environ.get("WINDSOCK_REDIS_URL", "redis://127.0.0.1:6379/0"))
while True:
    speed = 8 + 4 * math.sin(time.time() / 7)
    wind = {"id": "wind", "value": [speed, speed + random.random() * 4], "legend": ["mean", "gusts"], "unit": "m/s"}
    redis.publish("windsock:in:wind", json.dumps(wind))
    visit = {"id": "visits", "type": "stat", "value": random.randint(100, 200), "name": "Visits"}
    redis.xadd("windsock:inbox", {"m": json.dumps(visit)})
    time.sleep(0.5)
