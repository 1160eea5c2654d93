"""A log with levels."""

import itertools
import random
import time

from windsock.client import Stream

log = Stream("log", "text", name="Log of a program")
for number in itertools.count(1):
    level = random.choices(["debug", "info", "warning", "error"], [4, 10, 2, 1])[0]
    log.text(f"request {number} took {random.randint(5, 500)} ms", level=level)
    time.sleep(0.5)
