/**
 * Data from publishers, made safe to hand to a library: plain objects and lists of bounded size, no keys that reach a prototype,
 * no URLs, and pictures only by their own prefix.
 */

import { bounded } from "./scale";

const FORBIDDEN_KEYS = new Set(["__proto__", "prototype", "constructor"]);
const MOST_DEPTH = 24;
const MOST_NODES = 200_000;
const LONGEST_TEXT = 10_000;

export class TooLargeError extends Error {}

/** A deep copy of JSON data without anything that is more than data. */
export function plainCopy(value: unknown): unknown {
  let nodes = 0;
  const copy = (from: unknown, depth: number): unknown => {
    if (++nodes > MOST_NODES) throw new TooLargeError("The configuration is too large to draw.");
    if (typeof from === "number") return bounded(from);
    if (from === null || typeof from === "boolean") return from;
    if (typeof from === "string") return from.length > LONGEST_TEXT ? from.slice(0, LONGEST_TEXT) : from;
    if (typeof from !== "object") return undefined;
    if (depth >= MOST_DEPTH) throw new TooLargeError("The configuration is nested too deeply.");
    if (Array.isArray(from)) return from.map((item) => copy(item, depth + 1));
    const to: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(from)) {
      if (!FORBIDDEN_KEYS.has(key)) to[key] = copy(item, depth + 1);
    }
    return to;
  };
  return copy(value, 0);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const PICTURE = /^data:image\/(png|jpe?g|webp|gif);base64,[A-Za-z0-9+/]/;

/** Whether a text is a picture that may become an image's source. Never SVG, never an address. */
export function isPicture(value: unknown): value is string {
  return typeof value === "string" && PICTURE.test(value.slice(0, 64));
}
