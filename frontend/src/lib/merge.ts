/**
 * Where a delta fits into what the board has of a stream: the one place that decides on append, reset, doubles and loss.
 */
import type { Delta } from "../wire";

export interface Position {
  /** "" before the first delta. */
  epoch: string;
  /** Offset of the newest sample, 0 before the first. */
  offset: number;
}

export interface MergePlan {
  /** `append`: add the rows from `skip` on. `reset`: drop everything, then add all rows. `ignore`: nothing new in it. */
  action: "append" | "reset" | "ignore";
  /** How many leading rows the board has already. */
  skip: number;
  /** Samples that lie between what the board had and the first new row, and won't come. */
  lost: number;
  /** The stream began a new life: its counter started again. */
  restarted: boolean;
}

export function planMerge(
  have: Position,
  delta: Pick<Delta, "epoch" | "offset" | "lost" | "reset" | "rows">,
): MergePlan {
  const first = delta.offset - delta.rows.length + 1;
  const known = have.epoch !== "";
  const restarted = known && delta.epoch !== have.epoch;

  // A new epoch without `reset` can only be followed by starting again: offsets of two epochs say nothing about each other.
  if (delta.reset || restarted || !known) {
    const lost = known && !restarted ? Math.max(0, first - have.offset - 1) : 0;
    return { action: "reset", skip: 0, lost: Math.max(lost, delta.lost), restarted };
  }
  if (delta.offset <= have.offset) return { action: "ignore", skip: delta.rows.length, lost: 0, restarted: false };
  // Offsets have no holes, so what lies between is missing whether or not the relay counted it.
  return {
    action: "append",
    skip: Math.max(0, have.offset - first + 1),
    lost: Math.max(0, first - have.offset - 1),
    restarted: false,
  };
}
