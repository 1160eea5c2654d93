"""A program on asyncio. `send` waits when too much waits, so that nothing is dropped."""

import asyncio
import math
import time

from windsock.client import AsyncStream


async def main() -> None:
    """Read the sensor, ten times a second."""
    async with AsyncStream("sensor", "area", name="Sensor", unit="°C", legend=["inside", "outside"]) as stream:
        while True:
            now = time.time()
            await stream.send(21 + math.sin(now / 5), 12 + 3 * math.sin(now / 9))
            await asyncio.sleep(0.1)


asyncio.run(main())
