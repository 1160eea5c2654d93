"""An OpenAPI description as a page for people: without a script, and without anything from anywhere else."""

from __future__ import annotations

import json
from html import escape
from typing import Any, Final, cast

__all__ = ["PAGE_HEADERS", "STYLE", "api_page"]

Object = dict[str, Any]
PAGE_HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
}
"""Nothing on the page runs, and its style is all that it loads."""
STYLE: Final = b"""\
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b2330; background: #fff }
h2 { font: 600 1rem ui-monospace, monospace; margin: 2.5rem 0 .5rem; padding: .5rem .7rem; background: #eef2f7; border-radius: 6px; overflow-wrap: anywhere }
b, a { color: #0b62c4 }
table { border-collapse: collapse; width: 100% }
td { vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #dde3ea; overflow-wrap: anywhere }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f5f7fa; padding: .7rem; border-radius: 6px; overflow: auto }
@media (prefers-color-scheme: dark) {
  body { color: #d5dbe5; background: #12161d }
  h2, pre { background: #1c232d }
  b, a { color: #6db3ff }
  td { border-color: #2a3340 }
}
"""


def api_page(description: Object, source: str) -> bytes:
    """The page; `source` is where the description itself is."""
    info = description["info"]
    title = escape(f"{info['title']} {info['version']}")
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{title}</title><link rel=stylesheet href=docs.css><h1>{title}</h1>",
        f"<p>For programs: <a href='{escape(source)}'>{escape(source)}</a>, OpenAPI {escape(description['openapi'])}.</p>",
    ]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(method, path, operation))
    return "".join(parts).encode()


def _operation(method: str, path: str, operation: Object) -> str:
    text = operation.get("description") or operation.get("summary", "")
    parts = [f"<h2><b>{escape(method.upper())}</b> {escape(path)}</h2><p>{escape(text)}</p>"]
    parameters: list[Object] = operation.get("parameters", [])
    if parameters:
        rows = "".join(
            f"<tr><td><code>{escape(each['name'])}</code><td>{escape(each['in'])}"
            f"<td>{escape(each.get('description', ''))}<td><code>{escape(_kind(each.get('schema', {})))}</code>"
            for each in parameters
        )
        parts.append(f"<table>{rows}</table>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(_example(f"Body, {kind}", content))
    for status, response in operation.get("responses", {}).items():
        parts.append(f"<p><code>{escape(status)}</code> {escape(response.get('description', ''))}</p>")
        parts += [_example("", content) for content in response.get("content", {}).values()]
    return "".join(parts)


def _kind(schema: Object) -> str:
    """A schema in a word or two."""
    choices = [cast("Object", each) for each in schema.get("anyOf", [])]
    kinds = [_kind(each) for each in choices if each.get("type") != "null"] or [
        " | ".join(map(str, schema["enum"])) if "enum" in schema else str(schema.get("type", "any"))
    ]
    bounds = [f"{sign} {schema[name]}" for name, sign in (("minimum", "≥"), ("maximum", "≤")) if name in schema]
    default = [f"= {json.dumps(schema['default'])}"] if schema.get("default") is not None else []
    return " ".join([" or ".join(kinds), *bounds, *default])


def _example(label: str, content: Object) -> str:
    given = content.get("examples", {})
    examples = [content["example"]] if "example" in content else [each["value"] for each in given.values()]
    texts = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in examples]
    head = f"<p>{escape(label)}</p>" if label and texts else ""
    return head + "".join(f"<pre>{escape(text)}</pre>" for text in texts)
