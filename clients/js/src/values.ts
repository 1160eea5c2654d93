/** Values and times as JSON text, taken at the moment of sending: what the program changes afterwards changes no sample. */

import type { MessageType, SeriesMessage } from "./contract.gen.ts";
import { WindsockError } from "./errors.ts";

export type Time = number | string | Date;

const SHOWN = 60;

/** Types whose samples are numbers: they have gaps. */
const SERIES: Record<SeriesMessage["type"], true> = {
  line: true,
  area: true,
  bar: true,
  horizontalBar: true,
  pie: true,
  doughnut: true,
  radar: true,
  polarArea: true,
  gauge: true,
  stat: true,
};

/** A sample that is one value, as JSON. A bare `null` would be a field that is not there, and nothing would be stored: in a list it is a gap. */
export function sampleText(stream: string, type: MessageType | undefined, value: unknown): string {
  const text = valueText(stream, value);
  if (text !== "null") return text;
  if (type === undefined || type in SERIES) return "[null]";
  throw invalid(stream, "value", value, `should be a value: only streams of numbers have gaps, and this is a ${type}`);
}

/** A value as JSON. Throws a `WindsockError` that names the stream, the field and the value. */
function valueText(stream: string, value: unknown): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
  if (typeof value === "bigint") return value.toString();
  if (value === null) return "null";
  if (value instanceof Uint8Array) return JSON.stringify(dataUrl(stream, value));
  if (ArrayBuffer.isView(value) && Symbol.iterator in value) return valueText(stream, [...(value as Float64Array)]);
  if (typeof value === "string" || typeof value === "object") {
    try {
      const text = JSON.stringify(value);
      if (text !== undefined) return text;
    } catch (error) {
      throw invalid(stream, "value", value, `can't be written as JSON (${(error as Error).message.split("\n")[0]})`);
    }
  }
  throw invalid(stream, "value", value, "should be a number, a text, a list or an object");
}

/** Several values as one list. */
export function valuesText(stream: string, values: readonly unknown[]): string {
  let text = "[";
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) return valueText(stream, values);
    text += text === "[" ? value : `,${value}`;
  }
  return `${text}]`;
}

/** A time as JSON: milliseconds, or what the server reads (ISO 8601, seconds). */
export function timeText(stream: string, time: Time): string {
  if (typeof time === "number" && Number.isFinite(time)) return String(time);
  if (time instanceof Date && !Number.isNaN(time.getTime())) return String(time.getTime());
  if (typeof time === "string" && time !== "" && !Number.isNaN(Date.parse(time))) return JSON.stringify(time);
  throw invalid(stream, "time", time, "should be a Date, ISO 8601, or a number of seconds or milliseconds");
}

export function invalid(stream: string, field: string, value: unknown, what: string): WindsockError {
  return new WindsockError("invalid", `${field}: ${what}, got ${shown(value)}`, stream);
}

function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    text = "something that can't be shown";
  }
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
}

const MAGIC: readonly [string, readonly number[]][] = [
  ["png", [0x89, 0x50, 0x4e, 0x47]],
  ["jpeg", [0xff, 0xd8, 0xff]],
  ["gif", [0x47, 0x49, 0x46, 0x38]],
  ["webp", [0x52, 0x49, 0x46, 0x46]],
];

/** A picture's bytes as a data URL. */
function dataUrl(stream: string, bytes: Uint8Array): string {
  const kind = MAGIC.find(([, magic]) => magic.every((byte, at) => bytes[at] === byte))?.[0];
  if (kind === undefined) throw invalid(stream, "value", `${bytes.length} bytes`, "should be a png, jpeg, gif or webp");
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return `data:image/${kind};base64,${btoa(text)}`;
}
