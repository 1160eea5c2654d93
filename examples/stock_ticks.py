"""Prices for the two stock examples: a synthetic day of ticks, or, with an argument as BTC-USD, a public exchange's price, asked for every ten seconds.

The day is made up, by a random walk with a fixed seed: no price in it was ever paid. Without a network the argument gives the synthetic day, too, and says so.
"""

import json
import random
import sys
import time
import urllib.request
from collections.abc import Iterator

LIVE = "https://api.coinbase.com/v2/prices/{}/spot"


def ticks(pace: float = 0.1) -> Iterator[tuple[str, float]]:
    """Where the price is from, and the price."""
    if len(sys.argv) > 1:
        try:
            while True:
                with urllib.request.urlopen(LIVE.format(sys.argv[1]), timeout=5) as answer:
                    yield sys.argv[1], float(json.load(answer)["data"]["amount"])
                time.sleep(10)
        except (OSError, ValueError, KeyError) as error:
            print(f"no price of {sys.argv[1]} ({error}): a synthetic day instead", file=sys.stderr)
    while True:
        for price in synthetic_day():
            yield "synthetic", price
            time.sleep(pace)


def synthetic_day(seed: int = 1929) -> list[float]:
    """23,400 ticks, one for each second of a trading day: drift, noise, and a fright at noon."""
    day = random.Random(seed)
    price = 100.0
    prices: list[float] = []
    for second in range(23_400):
        price *= 1 + day.gauss(0.000002, 0.0003) - (0.0002 if 10_800 < second < 10_900 else 0)
        prices.append(round(price, 2))
    return prices
