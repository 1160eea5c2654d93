"""TypeScript types, made from the Python models: what the relay sends can't drift from what the browser reads, nor what publishers send from what is taken.

`python tools/gen_types.py` writes `frontend/src/wire.gen.ts` for the board and `clients/js/src/contract.gen.ts` for the client; with `--check` it only says
whether they are up to date. The models' JSON schemas go into an otherwise empty OpenAPI document, which `openapi-typescript` (locked with the board's other
packages) turns into types.
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
from windsock.shared.messages import MESSAGE, TYPES
from windsock.shared.wire import Delta, ErrorInfo, Notice, Picture, Spec, Status

FRONTEND: Final = Path(__file__).resolve().parent.parent / "frontend"
BOARD: Final = FRONTEND / "src" / "wire.gen.ts"
CLIENT: Final = FRONTEND.parent / "clients" / "js" / "src" / "contract.gen.ts"
CLIENT_MODELS: Final = (Delta, ErrorInfo, Notice, Picture, Spec, Status)
REFERENCE: Final = "#/components/schemas/{model}"


def models() -> list[type[BaseModel]]:
    """All models that the two modules name, in the order of their names."""
    named = [getattr(module, name) for module in (wire, boards) for name in module.__all__]
    found = [each for each in named if isinstance(each, type) and issubclass(each, BaseModel)]
    return sorted(found, key=lambda model: model.__name__)


def board_schemas() -> dict[str, object]:
    """What the relay says and hears."""
    _, definitions = models_json_schema([(model, "serialization") for model in models()], ref_template=REFERENCE)
    return definitions["$defs"]


def client_schemas() -> dict[str, object]:
    """What publishers send, and what is said to readers."""
    _, definitions = models_json_schema([(model, "serialization") for model in CLIENT_MODELS], ref_template=REFERENCE)
    message = MESSAGE.json_schema(ref_template=REFERENCE)
    types: dict[str, object] = {"MessageType": {"type": "string", "enum": list(TYPES)}}
    return definitions["$defs"] | message.pop("$defs") | {"Message": message} | types


def generate(schemas: dict[str, object]) -> str:
    """The TypeScript source of an OpenAPI document with nothing but models in it."""
    document: dict[str, object] = {
        "openapi": "3.1.0",
        "info": {"title": "Windsock", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "wire.json"), Path(folder, "wire.ts")
        source.write_text(json.dumps(document))
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
    """Write the files, or check them."""
    stale: list[str] = []
    for target, schemas in ((BOARD, board_schemas()), (CLIENT, client_schemas())):
        text = generate(schemas)
        if target.exists() and target.read_text() == text:
            continue
        stale.append(target.name)
        if "--check" not in sys.argv[1:]:
            target.write_text(text)
            print(f"wrote {target.name}")
    if stale and "--check" in sys.argv[1:]:
        print(f"{', '.join(stale)}: not what the models say; run `make types` and commit it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
