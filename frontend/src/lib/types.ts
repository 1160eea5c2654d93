/**
 * What follows from a stream's type and spec: the shape of its samples, and how many of them a panel shows.
 */
import type { KnownType, Spec } from "../wire";

const SERIES_TYPES: ReadonlySet<string> = new Set<KnownType>([
  "line",
  "area",
  "bar",
  "horizontalBar",
  "pie",
  "doughnut",
  "radar",
  "polarArea",
  "gauge",
  "stat",
]);

/** `series`: a row is a time and numbers. `values`: a row is a time and one value of any form. */
export type Shape = "series" | "values";

export function shapeOf(type: string): Shape {
  return SERIES_TYPES.has(type) ? "series" : "values";
}

/** Samples a panel shows when its publisher does not say (`active_points`), by what the eye can take in. */
const SHOWN: Partial<Record<string, number>> = {
  line: 300,
  area: 300,
  stat: 120,
  bar: 24,
  horizontalBar: 12,
  pie: 8,
  doughnut: 8,
  radar: 8,
  polarArea: 8,
  scatter: 400,
  bubble: 100,
  text: 500,
  gauge: 60,
  // As many as history keeps by default, and as the web service keeps for these (follow.py), so that all viewers count the same.
  heatmap: 10_000,
  bubble_matrix: 10_000,
  scatter3d: 400,
  line3d: 400,
  // The newest sample is the table; a publisher that sends row by row says how many of them.
  table: 1,
  map: 60,
};

/** More than this per panel is a memory question, not a drawing one: 200,000 samples × 8 series are 13 MB. */
export const MOST_SHOWN = 200_000;

export function shownSamples(spec: Pick<Spec, "type" | "active_points">): number {
  const asked = spec.active_points ?? undefined;
  const fallback = Object.hasOwn(SHOWN, spec.type) ? (SHOWN[spec.type] ?? 100) : 100;
  if (asked === undefined || !Number.isFinite(asked) || asked < 1) return fallback;
  return Math.min(Math.floor(asked), MOST_SHOWN);
}

/** Types of which one sample says all there is to see. */
const SINGLE: ReadonlySet<string> = new Set(["image", "video_stream", "tree", "treemap", "surface", "custom"]);

/** How many samples a panel needs to show what it shows. */
export function neededSamples(spec: Pick<Spec, "type" | "active_points">): number {
  return SINGLE.has(spec.type) ? 1 : shownSamples(spec);
}

/** Types with an axis of time, which can follow a span of it, and be moved along it. */
const TIMED: ReadonlySet<string> = new Set(["line", "area", "stat"]);

export function isTimed(type: string): boolean {
  return TIMED.has(type);
}
