"""The board's TypeScript types, made from the Python models: what the relay sends can't drift from what the browser reads.

`python tools/gen_types.py` writes `frontend/src/wire.gen.ts`; with `--check` it only says whether that file is up to date. The models' JSON schemas go into an
otherwise empty OpenAPI document, which `openapi-typescript` (locked with the board's other packages) turns into types.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from windsock.shared import boards, wire

FRONTEND: Final = Path(__file__).resolve().parent.parent / "frontend"
TARGET: Final = FRONTEND / "src" / "wire.gen.ts"


def models() -> list[type[BaseModel]]:
    """All models that the two modules name, in the order of their names."""
    named = [getattr(module, name) for module in (wire, boards) for name in module.__all__]
    found = [each for each in named if isinstance(each, type) and issubclass(each, BaseModel)]
    return sorted(found, key=lambda model: model.__name__)


def schema() -> dict[str, object]:
    """An OpenAPI document with nothing but the models in it."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models()], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "What the relay says and hears", "version": "1"},
        "paths": {},
        "components": {"schemas": definitions["$defs"]},
    }


def generate() -> str:
    """The TypeScript source."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "wire.json"), Path(folder, "wire.ts")
        source.write_text(json.dumps(schema()))
        command = [
            str(FRONTEND / "node_modules" / ".bin" / "openapi-typescript"),
            str(source),
            "--root-types",
            "--root-types-no-schema-prefix",
            "-o",
            str(made),
        ]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return made.read_text()


def main() -> int:
    """Write the file, or check it."""
    text = generate()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text() != text:
            print(f"{TARGET.name} is not what the models say: run `make types` and commit it", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text)
    print(f"wrote {TARGET.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
