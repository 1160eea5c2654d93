"""A web shop that does not exist. Now and then something breaks in it: orders, answers, times and log then tell the same story, as on a real board."""

from __future__ import annotations

import math
import random
from enum import Enum
from typing import Any, Final

__all__ = ["STATUSES", "Shop"]

STATUSES: Final = ["2xx", "3xx", "4xx", "5xx"]

_CALM: Final = [
    ("info", "order {order} paid, {items} items, {money} EUR"),
    ("info", "order {order} packed in hall {hall}"),
    ("info", "user {user} signed in"),
    ("info", "GET /products/{product} 200 {ms} ms"),
    ("debug", "cache refreshed, {entries} entries"),
    ("info", "mail for order {order} sent"),
    ("warning", "GET /search took {slow} ms"),
    ("warning", "payment of order {order} tried again"),
]
_TROUBLE: Final = [
    ("error", "database: no free connection after {slow} ms"),
    ("error", "POST /checkout 500 for user {user}"),
    ("warning", "queue of checkout: {entries} waiting"),
    ("error", "payment of order {order} failed: gateway timeout"),
    ("critical", "checkout is not available in hall {hall}"),
]


class Mood(Enum):
    """How the shop fares."""

    CALM = "calm"
    TROUBLE = "in trouble"


class Shop:
    """One shop: `orders` moves it on by `step` seconds, the others show where it stands."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._time = 0.0
        self._order = 40_210
        self._answers = [900.0, 60.0, 25.0, 1.0]
        self.mood = Mood.CALM
        self._turns_at = 18.0
        """The first trouble comes early: the first minute should show one."""
        self._pending: list[tuple[str, str]] = []

    def orders(self) -> float:
        """Orders a minute."""
        self._time += self._step
        if self._time >= self._turns_at:
            self._turn()
        rate = 42 + 14 * math.sin(self._time / 19) + random.gauss(0, 4)
        return max(0, round(rate * (0.35 if self.mood is Mood.TROUBLE else 1.0)))

    def _turn(self) -> None:
        if self.mood is Mood.CALM:
            self.mood = Mood.TROUBLE
            self._turns_at = self._time + random.uniform(9, 15)
            self._pending.append(("critical", "database: primary lost, replica takes over"))
        else:
            self.mood = Mood.CALM
            self._turns_at = self._time + random.uniform(40, 70)
            self._pending.append(("info", "database: primary is back, all checks green"))

    def answers(self) -> list[int]:
        """Answers of the last minute by kind."""
        bad = self.mood is Mood.TROUBLE
        wish = [620.0, 55.0, 70.0, 190.0] if bad else [920.0, 60.0, 26.0, 2.0]
        for place, share in enumerate(self._answers):
            self._answers[place] = share + 0.25 * (wish[place] - share)
        return [max(0, round(share * random.uniform(0.95, 1.05))) for share in self._answers]

    def requests(self) -> list[list[float]]:
        """Some requests: kilobytes, milliseconds, and how often they were asked."""
        slow = 6.0 if self.mood is Mood.TROUBLE else 1.0
        found: list[list[float]] = []
        for _ in range(random.randint(1, 4)):
            size = random.lognormvariate(3.2, 0.7)
            found.append(
                [
                    round(size, 1),
                    round((18 + size * 1.4) * random.lognormvariate(0, 0.35) * slow, 1),
                    random.randint(2, 14),
                ]
            )
        return found

    def event(self) -> dict[str, Any] | None:
        """A line of its log, or none this time."""
        bad = self.mood is Mood.TROUBLE
        if self._pending:
            level, line = self._pending.pop(0)
        elif random.random() < (0.85 if bad else 0.4):
            level, line = random.choice(_TROUBLE if bad and random.random() < 0.7 else _CALM)
        else:
            return None
        self._order += random.randint(1, 4)
        text = line.format(
            order=self._order,
            items=random.randint(1, 6),
            money=f"{random.lognormvariate(3.6, 0.6):.2f}",
            hall=random.choice("ABC"),
            user=random.randint(1000, 9999),
            product=random.randint(100, 999),
            ms=random.randint(8, 90),
            slow=random.randint(900, 4800),
            entries=random.randint(120, 4000),
        )
        return {"level": level, "text": text}
