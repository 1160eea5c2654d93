"""Writes `.env.example` from the settings: every one with its meaning and default, commented out, in the order and under the headings of the source; and
into docker-compose.yml the list of those that it hands on to the services.

`--check` writes nothing and fails when a file differs.
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

from windsock.shared.deployment import DEPLOYMENT
from windsock.shared.settings import PREFIX, Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

TARGET = Path(__file__).resolve().parents[1] / ".env.example"
COMPOSE = TARGET.with_name("docker-compose.yml")
# In containers, ports inside are always the same (outside, the gateway's are published by these names); the others are the image's, or `windsock up`'s.
NOT_IN_CONTAINERS = {
    "web_port", "tcp_port", "tcp_large_port", "http_port", "ingest_tcp_health_port", "ingest_redis_health_port", "video_health_port",
    "frontend_dir", "open_browser", "data_dir", "all_in_one", "video_webcams", "video_folder",
}  # fmt: skip
HANDED_ON = re.compile(r"(?<=up to the empty line\.\n)(  [A-Z_]+:\n)*(?=\n)")
HEAD = """\
# Windsock's settings. Copy this file to `.env` (read from the folder in which Windsock is started) and take the `#` off what you change;
# a variable of the same name in the environment wins. Sizes are bytes, times are seconds, unless the name says otherwise.
# A wrong value, or a name that does not exist, is told at the start. Written from windsock.shared by `make env`.
"""
COMPOSE_HEADING = "# ---- docker compose only (of the settings above it sets some itself: see docs/docker.md)"
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
            field = Settings.model_fields[match["field"]]
            lines += _entry(f"{PREFIX}{match['field'].upper()}", _default(field), field.description or "")
    lines.append(f"\n{COMPOSE_HEADING}\n")
    for variable in DEPLOYMENT:
        lines += _entry(*variable)
    return "\n".join(lines).rstrip() + "\n"


def render_compose(text: str) -> str:
    """docker-compose.yml with its list as it should be."""
    block = text.partition("x-settings:")[2].partition("\n\n")[0]
    set_there = set(re.findall(rf"^  {PREFIX}([A-Z0-9_]+): ", block, re.MULTILINE))
    names = [name.upper() for name in Settings.model_fields if name not in NOT_IN_CONTAINERS]
    listed = "".join(f"  {PREFIX}{name}:\n" for name in names if name not in set_there)
    return HANDED_ON.sub(listed, text, count=1)


def _entry(name: str, default: str, meaning: str) -> list[str]:
    comment = textwrap.wrap(meaning, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return [*comment, f"#{name}={default}", ""]


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
    check = parser.parse_args().check
    status = 0
    for path, text in ((TARGET, render()), (COMPOSE, render_compose(COMPOSE.read_text()))):
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.name} does not have the settings as they are: run 'make env' and commit it.", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
