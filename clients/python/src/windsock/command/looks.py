"""Arguments that say what a stream looks like, the same for `send` and `pipe`."""

from __future__ import annotations

import argparse
import json
from typing import Any, cast, get_args

from windsock.client.look import Look, OtherType, SeriesType, StreamType
from windsock.command.fault import Fault

__all__ = ["add_look_arguments", "look_of", "type_of"]

TYPES: tuple[str, ...] = (*get_args(SeriesType), *get_args(OtherType))


def add_look_arguments(parser: argparse.ArgumentParser) -> None:
    """The fields of the contract that are worth an argument; `--look` takes all of them."""
    group = parser.add_argument_group("how its panel looks (needed once; kept by the server)")
    group.add_argument("--type", choices=TYPES, metavar="TYPE", help=f"{', '.join(TYPES)} (default: line)")
    group.add_argument("--name", help="title")
    group.add_argument("--legend", type=_names, metavar="A,B", help="a name for each series")
    group.add_argument("--label", type=_names, metavar="A,B", help="title of the axis, or the categories")
    group.add_argument("--unit")
    group.add_argument("--group", help="section of the board")
    group.add_argument("--color", type=_names, metavar="A,B", help="a CSS colour for each series")
    group.add_argument("--min", type=float)
    group.add_argument("--max", type=float)
    group.add_argument("--decimals", type=int)
    group.add_argument(
        "--threshold",
        type=float,
        action="append",
        metavar="X",
        help="a level at which the panel changes colour; may be repeated",
    )
    group.add_argument("--active-points", type=int, metavar="N", help="samples that the panel shows")
    group.add_argument("--look", type=_object, metavar="JSON", help="any fields of the contract, as an object")


def type_of(args: argparse.Namespace) -> StreamType | None:
    """The type that was asked for."""
    return cast("StreamType | None", args.type)


def look_of(args: argparse.Namespace) -> Look:
    """The fields that were given."""
    fields: dict[str, Any] = {
        "name": args.name,
        "legend": args.legend,
        "label": args.label,
        "unit": args.unit,
        "group": args.group,
        "borderColor": args.color,
        "backgroundColor": args.color,
        "min": args.min,
        "max": args.max,
        "decimals": args.decimals,
        "thresholds": args.threshold,
        "active_points": args.active_points,
        **(args.look or {}),
    }
    unknown = [name for name in fields if name not in Look.__annotations__]
    if unknown:
        raise Fault(
            f"--look: a stream has no field {unknown[0]!r}; the fields are {', '.join(sorted(Look.__annotations__))}."
        )
    return cast("Look", {name: value for name, value in fields.items() if value is not None})


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _object(text: str) -> dict[str, Any]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is no JSON object: it should be like \'{{"unit": "%"}}\'')
    return cast("dict[str, Any]", value)
