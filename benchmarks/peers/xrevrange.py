"""History for a late viewer as one writes it first: one entry a sample, and a redis-py pipeline of XREVRANGE. What it read is not even sent.

`join <n>` on stdin serves n viewers, one by one. argv: Redis URL, samples to read of each stream, the streams' keys.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

import redis


def main() -> None:
    """Serve commands until stdin ends."""
    url, samples, *keys = sys.argv[1:]
    broker: Any = redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    for line in sys.stdin:
        size = 0
        for _ in range(int(line.split()[1])):
            pipeline = broker.pipeline(transaction=False)
            for key in keys:
                pipeline.xrevrange(key, count=int(samples))
            size = sum(len(entries) for entries in cast("list[list[Any]]", pipeline.execute()))
        print(json.dumps({"rows": size}), flush=True)


if __name__ == "__main__":
    main()
