"""Prices for the two stock examples: a synthetic day of ticks, or, with an argument as BTC-USD, a public exchange's price, asked for every ten seconds.

The day is made up, by a random walk with a fixed seed: no price in it was ever paid. Without a network the argument gives the synthetic day, too, and says so.
"""

import json
import random
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException

LIVE = "https://api.coinbase.com/v2/prices/{}/spot"
PAUSE = 10.0  # seconds: what such a service allows everybody


def ticks(pace: float = 0.1) -> Iterator[tuple[str, float]]:
    """Where the price is from, and the price."""
    if len(sys.argv) > 1:
        yield from live_ticks(sys.argv[1])
    while True:
        for price in synthetic_day():
            yield "synthetic", price
            time.sleep(pace)


def live_ticks(name: str) -> Iterator[tuple[str, float]]:
    """The exchange's prices. Ends if there is not even a first one; later, a failure is a gap: no made-up price follows a real one."""
    had = False
    while True:
        try:
            with urllib.request.urlopen(LIVE.format(name), timeout=5) as answer:
                price = float(json.load(answer)["data"]["amount"])
        except (OSError, ValueError, LookupError, TypeError, HTTPException) as error:
            print(f"no price of {name} ({error})" + ("" if had else ": a synthetic day instead"), file=sys.stderr)
            if not had:
                return
        else:
            had = True
            yield name, price
        time.sleep(PAUSE)


def synthetic_day(seed: int = 1929) -> list[float]:
    """23,400 ticks, one for each second of a trading day: drift, noise, and a fright at noon."""
    day = random.Random(seed)
    price = 100.0
    prices: list[float] = []
    for second in range(23_400):
        price *= 1 + day.gauss(0.000002, 0.0003) - (0.0002 if 10_800 < second < 10_900 else 0)
        prices.append(round(price, 2))
    return prices
