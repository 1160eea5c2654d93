/**
 * Where the board stands in time: live, or at a moment that all panels show together. Pure arithmetic of moments, windows and the scrubber.
 */

/** A moment of the past. With a `span` time axes show exactly the stretch that ends there, as after a pan or a zoom. */
export interface Moment {
  /** ms UTC. */
  readonly at: number;
  readonly span: number | undefined;
}

/** A stretch of time, ms UTC. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What a panel follows: as many samples, or as long a time. `samples: 0` is what the stream's publisher asks for. */
export type Follow = { readonly samples: number } | { readonly ms: number };

export const AS_SENT: Follow = { samples: 0 };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How far back a scrubber reaches; it gets finer the less that is. */
export const REACHES: readonly number[] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY];

/** What can be chosen to be followed. */
export const FOLLOWS: readonly Follow[] = [
  AS_SENT,
  { ms: 10 * SECOND },
  { ms: 30 * SECOND },
  { ms: MINUTE },
  { ms: 5 * MINUTE },
  { ms: 15 * MINUTE },
  { ms: HOUR },
  { samples: 100 },
  { samples: 300 },
  { samples: 1_000 },
  { samples: 5_000 },
  { samples: 20_000 },
];

/** A `Follow` as a short text, to compare it by. */
export function followKey(follow: Follow): string {
  return "ms" in follow ? `${follow.ms / SECOND}s` : follow.samples > 0 ? `${follow.samples}n` : "";
}

/** Less than this between two edges of a window could not be told apart on an axis. */
const LEAST_SPAN = 20;
const MOST_SPAN = 31 * DAY;

/** The window moved by `by` ms, not beyond `newest`. */
export function pan(window: Stretch, by: number, newest: number): Moment {
  return { at: Math.min(newest, window.to + by), span: window.to - window.from };
}

/** The window made `factor` times as long, with the time `around` staying where it is. */
export function zoom(window: Stretch, factor: number, around: number, newest: number): Moment {
  const before = window.to - window.from;
  const span = Math.min(MOST_SPAN, Math.max(LEAST_SPAN, before * factor));
  const share = before > 0 ? (window.to - around) / before : 0;
  return { at: Math.min(newest, around + share * span), span };
}

/** The reaches that make sense for what there is: each that is shorter than `extent`, and one that holds it all. */
export function reachesFor(extent: number): number[] {
  const longer = REACHES.findIndex((reach) => reach >= extent);
  return REACHES.slice(0, longer < 0 ? REACHES.length : longer + 1);
}

/** A scrubber's small step: a hundredth of its reach, on round numbers. */
export function stepOf(reach: number): number {
  const rough = reach / 100;
  return (
    [100, 200, 500, SECOND, 2 * SECOND, 3 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE].findLast(
      (step) => step <= rough,
    ) ?? 100
  );
}
