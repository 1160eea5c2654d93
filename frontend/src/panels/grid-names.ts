/** Names of a grid's rows and columns. */
import { clip } from "../lib/format";
import type { Spec } from "../wire";

/** Rows are named by `legend`, columns by `label`, where there is one for each. */
export function lineNames(spec: Spec, grid: { rows: number; cols: number }): { rows?: string[]; cols?: string[] } {
  const { legend, label } = spec;
  return {
    ...(legend && legend.length > 1 && legend.length >= grid.rows
      ? { rows: legend.map((name) => clip(name, 40)) }
      : {}),
    ...(label && label.length > 1 && label.length >= grid.cols ? { cols: label.map((name) => clip(name, 40)) } : {}),
  };
}
