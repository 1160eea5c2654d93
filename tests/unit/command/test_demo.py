"""The demo's streams: each gives what the contract takes, again and again."""

from __future__ import annotations

from typing import Any

import pytest

from windsock.command.demo.exhibit import Exhibit, Named
from windsock.command.demo.feed import feeds
from windsock.command.demo.plasma import Plasma
from windsock.command.demo.rarities import rarities
from windsock.command.demo.shop import Mood, Shop
from windsock.command.demo.table import exhibits
from windsock.command.demo.ways import Way
from windsock.shared.intake.spec import read_message
from windsock.shared.values import image_kind

ALL = [*exhibits(), *rarities()]


@pytest.mark.parametrize("exhibit", ALL, ids=lambda exhibit: str(exhibit.id))
def test_the_contract_takes_everything_that_is_shown(exhibit: Exhibit):
    taken = 0
    for _ in range(60):
        value: Any = exhibit.read()
        if value is None:
            continue
        names = {value.field: list(value.values)} if isinstance(value, Named) else {}
        value = list(value.values.values()) if isinstance(value, Named) else value
        message: dict[str, Any] = {"id": exhibit.id, "type": exhibit.type, **exhibit.look, **names, "value": value}
        read_message(message, None)
        taken += 1
        if taken == 5:
            break
    assert taken == 5, "a lively stream says something"


def test_a_camera_is_shown_only_where_the_stack_draws_one(monkeypatch: pytest.MonkeyPatch):
    assert feeds() == []
    monkeypatch.setenv("WINDSOCK_VIDEO_TEST_FEEDS", "True")
    [camera] = feeds()
    read_message({"id": camera.id, "type": camera.type, **camera.look, "value": camera.read()}, None)


def test_every_type_and_every_way_in_is_shown():
    assert {exhibit.type for exhibit in exhibits()} == {
        "line", "area", "bar", "horizontalBar", "pie", "doughnut", "radar", "polarArea", "scatter", "bubble", "text", "stat", "image", "custom",
    }  # fmt: skip
    assert {exhibit.way for exhibit in exhibits()} == set(Way)
    assert {exhibit.type for exhibit in rarities()} >= {
        "gauge",
        "heatmap",
        "table",
        "map",
        "tree",
        "treemap",
        "surface",
    }


def test_ids_are_unique_and_panels_have_titles_and_groups():
    ids = [str(exhibit.id) for exhibit in ALL]
    assert len(set(ids)) == len(ids)
    for exhibit in ALL:
        assert exhibit.look.get("name"), exhibit.id
        assert exhibit.look.get("group"), exhibit.id


def test_the_shop_gets_into_trouble_in_the_first_minute_and_out_of_it():
    shop = Shop(step=1.0)
    moods: list[Mood] = []
    for _ in range(60):
        shop.orders()
        moods.append(shop.mood)
    assert moods[0] is Mood.CALM
    assert Mood.TROUBLE in moods
    assert moods[moods.index(Mood.TROUBLE) :].count(Mood.CALM) > 0


def test_the_plasma_moves_and_is_a_small_png():
    plasma = Plasma()
    first, second = plasma.png(), plasma.png()
    assert first != second
    assert image_kind(first) == "png"
    assert len(first) < 20_000
