/** Small makers of specs, rows and deltas for tests. */
import type { Delta, Row, Spec } from "../wire";

export function spec(fields: Partial<Spec> = {}): Spec {
  return { id: "cpu", type: "line", version: 1, epoch: "e1", ...fields };
}

/** Rows whose value tells their offset: offset 7 is `[7000, 7]`. */
export function rows(from: number, to: number): Row[] {
  return Array.from({ length: to - from + 1 }, (_, i): Row => [(from + i) * 1_000, from + i]);
}

/** The rows with offsets `from` to `to`. */
export function delta(from: number, to: number, fields: Partial<Delta> = {}): Delta {
  const made = rows(from, to);
  return { id: "cpu", epoch: "e1", offset: to, count: made.length, lost: 0, reset: false, rows: made, ...fields };
}
