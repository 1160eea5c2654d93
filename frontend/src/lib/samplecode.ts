/** The code that makes a panel like this one, with the values it shows: for "copy the code" in a panel's menu. */
import type { Spec } from "../wire";
import type { Snippet } from "./snippets";

/** A value longer than this as JSON is cut to something that a person can read and that still works. */
const LONG_VALUE = 600;

/** Fields of a spec that are no part of what a publisher sends. */
const OURS: ReadonlySet<string> = new Set(["version", "epoch"]);

export interface Place {
  host: string;
  tcp: number;
  http: number;
  /** Whether publishers have to show a key. */
  key: boolean;
}

/** A message that would make this panel; `value` is its newest one. */
export function messageOf(spec: Spec, value: unknown): Record<string, unknown> {
  const message: Record<string, unknown> = { id: spec.id, value: shortened(spec, value) };
  for (const [name, field] of Object.entries(spec)) {
    if (!OURS.has(name) && name !== "id" && field !== null && field !== undefined) message[name] = field;
  }
  return message;
}

export function codeOf(spec: Spec, value: unknown, place: Place): Snippet[] {
  const message = messageOf(spec, value);
  const json = JSON.stringify(message);
  const http = `http://${place.host}:${place.http}/`;
  const bare = place.host.replace(/^\[(.*)\]$/, "$1");
  return [
    {
      language: "curl",
      code: [
        `curl ${http} -H 'Content-Type: application/json'${place.key ? ' -H "Authorization: Bearer $WINDSOCK_KEY"' : ""} \\`,
        `  -d ${shellQuoted(json)}`,
      ].join("\n"),
    },
    { language: "Python", code: pythonCode(spec, message, place) },
    {
      language: "bash",
      code: [
        `exec 3<>/dev/tcp/${bare}/${place.tcp}`,
        ...(place.key ? [`printf '{"hello": {"key": "%s"}}\\n' "$WINDSOCK_KEY" >&3`] : []),
        `printf '%s\\n' ${shellQuoted(json)} >&3`,
      ].join("\n"),
    },
    {
      language: "JavaScript",
      code: [
        `const message = ${JSON.stringify(message, null, 2)};`,
        `await fetch("${http}", {`,
        `  method: "POST",`,
        `  headers: { "Content-Type": "application/json"${place.key ? ', Authorization: "Bearer " + key' : ""} },`,
        "  body: JSON.stringify(message),",
        "});",
      ].join("\n"),
    },
  ];
}

function pythonCode(spec: Spec, message: Record<string, unknown>, place: Place): string {
  const { id, value, type, ...rest } = message;
  const options = [
    ...(spec.type === "line" ? [] : [`type=${python(type)}`]),
    ...Object.entries(rest).map(([name, field]) => `${name}=${python(field)}`),
  ];
  const server =
    place.host === "localhost" && place.http === 8030 ? [] : [`server=${python(`http://${place.host}:${place.http}`)}`];
  const key = place.key ? ['key=os.environ["WINDSOCK_KEY"]'] : [];
  // `send(41, 18)` reads better than `send([41, 18])` and is the same.
  const flat = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number");
  const values = flat ? value.map(python).join(", ") : python(value);
  return [
    ...(place.key ? ["import os"] : []),
    "from windsock.client import Stream",
    "",
    `stream = Stream(${[python(id), ...options, ...server, ...key].join(", ")})`,
    `stream.send(${values})`,
  ].join("\n");
}

/** JSON as Python writes it. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}: ${python(each)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** In single quotes nothing means anything to a shell, except the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function shortened(spec: Spec, value: unknown): unknown {
  if (JSON.stringify(value ?? null).length <= LONG_VALUE) return value ?? null;
  if (typeof value === "string") {
    // The smallest picture there is, so that the code runs as it stands.
    if (spec.type === "image") return "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
    return value.slice(0, LONG_VALUE);
  }
  if (Array.isArray(value)) {
    const few: unknown[] = [];
    for (const each of value) {
      if (few.length > 0 && JSON.stringify([...few, each]).length > LONG_VALUE) break;
      few.push(Array.isArray(each) && JSON.stringify(each).length > LONG_VALUE ? each.slice(0, 8) : each);
    }
    return few;
  }
  const { data, children } = value as { data?: unknown; children?: unknown };
  if (Array.isArray(data)) return { ...(value as object), data: data.slice(0, 3) };
  if (Array.isArray(children))
    return {
      ...(value as object),
      children: children.slice(0, 2).map((child) => ({ ...(child as object), children: [] })),
    };
  return value;
}
