"""Writes `.env.example` from the settings: every one with its meaning and default, commented out, in the order and under the headings of the source.

`--check` writes nothing and fails when the file differs.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import PydanticUndefined

from windsock.shared.settings import PREFIX, Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

TARGET = Path(__file__).resolve().parents[1] / ".env.example"
HEAD = """\
# Windsock's settings. Copy this file to `.env` (read from the folder in which Windsock is started) and take the `#` off what you change;
# a variable of the same name in the environment wins. Sizes are bytes, times are seconds, unless the name says otherwise.
# A wrong value, or a name that does not exist, is told at the start. Written from windsock.shared.settings by `make env`.
"""
HEADING = re.compile(r"^ {4}# --- (?P<heading>.+)$|^ {4}(?P<field>[a-z][a-z0-9_]*):")
WIDTH = 140


def render() -> str:
    """The file's text."""
    lines = [HEAD]
    for line in inspect.getsource(Settings).splitlines():
        match = HEADING.match(line)
        if match and match["heading"]:
            lines.append(f"\n# ---- {match['heading']}\n")
        elif match and match["field"] in Settings.model_fields:
            lines += _entry(match["field"], Settings.model_fields[match["field"]])
    return "\n".join(lines).rstrip() + "\n"


def _entry(name: str, field: FieldInfo) -> list[str]:
    comment = textwrap.wrap(field.description or "", WIDTH, initial_indent="# ", subsequent_indent="# ")
    return [*comment, f"#{PREFIX}{name.upper()}={_default(field)}", ""]


def _default(field: FieldInfo) -> str:
    value: object = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ",".join(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def main() -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the file differs")
    text = render()
    if not parser.parse_args().check:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        print(".env.example does not say what the settings are: run 'make env' and commit it.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
