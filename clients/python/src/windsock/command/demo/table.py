"""The demo's streams, as a table: fourteen types of panel, by every way in."""

from __future__ import annotations

import psutil

from windsock.command.demo import machine, shop, signals, weather
from windsock.command.demo.exhibit import Exhibit, Named
from windsock.command.demo.plasma import Plasma
from windsock.command.demo.ways import Way

__all__ = ["exhibits"]

MACHINE, STATION, SHOP, SIGNALS = "This machine", "Weather station", "Web shop", "Signals"
GREEN, BLUE, AMBER, RED = "#35b37e", "#3fa7d6", "#e2a03f", "#e5484d"

ROSE = ["#9bd3ec", "#7cc3e4", "#5cb1da", "#3f9ccb", "#2f86b4", "#3f9ccb", "#5cb1da", "#7cc3e4"]


def exhibits() -> list[Exhibit]:
    """All of them, with fresh readers."""
    programs = machine.Programs()
    station = weather.Station(step=0.5)
    store = shop.Shop(step=1.0)
    walk = signals.Walk()
    cores = machine.core_names()
    count = psutil.cpu_count() or 1
    total = psutil.virtual_memory().total / machine.GIB

    return [
        # --- this machine
        Exhibit(
            "demo/cpu", "line", 0.5, machine.Cores(),
            {"name": "Processors", "legend": cores, "unit": "%", "min": 0, "max": 100, "active_points": 120, "decimals": 0, "group": MACHINE,
             "thresholds": [{"value": 80, "color": AMBER, "name": "busy"}, {"value": 95, "color": RED, "name": "at its limit"}]},
        ),
        Exhibit(
            "demo/memory", "area", 1.0, machine.Memory(),
            {"name": "Memory", "legend": ["used", "cache"], "unit": "GiB", "min": 0, "max": round(total, 1), "active_points": 120, "decimals": 1,
             "group": MACHINE},
        ),
        Exhibit(
            "demo/network", "line", 0.5, machine.Network(),
            {"name": "Network", "legend": ["in", "out"], "unit": "B/s", "min": 0, "active_points": 120, "decimals": 0, "group": MACHINE},
        ),
        Exhibit(
            "demo/load", "stat", 1.0, machine.Load(),
            {"name": "Load", "unit": f"of {count} cores", "decimals": 2, "active_points": 60, "group": MACHINE,
             "thresholds": [{"value": count, "color": AMBER, "name": "busy"}, {"value": 2 * count, "color": RED, "name": "overloaded"}]},
        ),
        Exhibit(
            "demo/processes", "stat", 1.0, lambda: float(len(psutil.pids())),
            {"name": "Processes", "decimals": 0, "active_points": 60, "group": MACHINE},
        ),
        # --- a weather station
        Exhibit(
            "demo/wind", "line", 0.5, station.wind,
            {"name": "Wind", "legend": ["mean", "gusts"], "unit": "m/s", "min": 0, "active_points": 120, "decimals": 1, "group": STATION,
             "thresholds": [{"value": 13.9, "color": AMBER, "name": "near gale"}, {"value": 17.2, "color": RED, "name": "gale"}]},
            Way.PUBLISH,
        ),
        Exhibit(
            "demo/wind-rose", "polarArea", 2.0, station.rose,
            {"name": "Wind rose", "legend": weather.DIRECTIONS, "backgroundColor": ROSE, "decimals": 1, "group": STATION},
        ),
        Exhibit(
            "demo/greenhouse", "radar", 1.0, station.greenhouse,
            {"name": "Greenhouse", "legend": weather.READINGS, "unit": "%", "min": 0, "max": 100, "decimals": 0, "group": STATION},
            Way.HTTP,
        ),
        Exhibit(
            "demo/places", "horizontalBar", 1.0, station.places,
            {"name": "Wind elsewhere", "label": weather.PLACES, "unit": "m/s", "min": 0, "max": 18, "decimals": 1, "group": STATION},
        ),
        # --- a web shop
        Exhibit(
            "demo/orders", "bar", 1.0, store.orders,
            {"name": "Orders a minute", "legend": ["orders"], "min": 0, "active_points": 30, "decimals": 0, "group": SHOP},
            Way.HTTP,
        ),
        Exhibit(
            "demo/answers", "pie", 1.0, store.answers,
            {"name": "Answers by kind", "legend": shop.STATUSES, "backgroundColor": [GREEN, BLUE, AMBER, RED], "decimals": 0, "group": SHOP},
            Way.INBOX,
        ),
        Exhibit(
            "demo/requests", "bubble", 1.0, store.requests,
            {"name": "Requests: ms over kB", "label": ["ms"], "active_points": 60, "min": 0, "decimals": 0, "group": SHOP},
        ),
        Exhibit(
            "demo/events", "text", 0.7, store.event,
            {"name": "Events", "active_points": 200, "group": SHOP},
        ),
        # --- signals
        Exhibit(
            # As older programs have it, field by field.
            80085, "line", 0.2, lambda: [walk()],
            {"active_points": 100, "label": ["Random Number"], "legend": ["random"], "name": "Random walk by a bare socket", "borderColor": ["#3e95cd"],
             "backgroundColor": ["#3e95cd"], "group": SIGNALS},
            Way.BARE_SOCKET,
        ),
        Exhibit(
            "demo/curve", "scatter", 0.1, signals.Curve(),
            {"name": "Lissajous", "active_points": 240, "min": -1.1, "max": 1.1, "decimals": 1, "group": SIGNALS},
        ),
        Exhibit(
            "demo/plasma", "image", 0.25, Plasma(),
            {"name": "Plasma, 4 frames a second", "active_points": 1, "group": SIGNALS},
            Way.LARGE,
        ),
        Exhibit(
            "demo/forecast", "custom", 2.0, signals.Forecast(),
            {"name": "Any Chart.js chart", "active_points": 1, "group": SIGNALS},
        ),
        Exhibit(
            "demo/memory-by-program", "doughnut", 4.0, lambda: Named("legend", programs()),
            {"name": "Memory by program", "unit": "MiB", "decimals": 0, "group": SIGNALS},
        ),
    ]  # fmt: skip
