/**
 * The range of a value axis: wide enough for what is shown, on round numbers so that it does not tremble with every sample.
 */

export interface RangeWish {
  min?: number | null | undefined;
  max?: number | null | undefined;
  log?: boolean | null | undefined;
  /** Bars and areas say something only from zero. */
  zero?: boolean;
}

/** Numbers farther from zero than this overflow when they are subtracted; nearer than the other, what is divided by them does. */
const FURTHEST = 1e300;
const NEAREST = 1e-200;
/** Ends that are nearer to each other than this share of their size have no marks between them that twelve digits tell apart. */
const LEAST_SHARE = 1e-10;

/** A number that can be drawn with: whatever is sent, no scale, and no library's, gets lost in it. */
export function bounded(value: number): number {
  if (Math.abs(value) < NEAREST) return 0;
  return Math.max(-FURTHEST, Math.min(FURTHEST, value));
}

/** Smallest and largest number in the columns; NaNs are left out. `[NaN, NaN]` if there is none. */
export function extent(columns: readonly ArrayLike<number>[], positive = false): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i] as number;
      if (positive && !(value > 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [Number.NaN, Number.NaN];
}

/** Steps that people count in. */
export function niceStep(rough: number): number {
  if (!(rough > 0) || !Number.isFinite(rough)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10) * power;
}

/** The ends of an axis: always two finite numbers, the first below the second, with room for marks between them. */
export function valueRange([low, high]: readonly [number, number], wish: RangeWish): [number, number] {
  if (wish.log) return logRange(low, high, wish);
  const fixedMin = finite(wish.min);
  const fixedMax = finite(wish.max);
  let from = bounded(fixedMin ?? low);
  let to = bounded(fixedMax ?? high);
  if (Number.isNaN(from) && Number.isNaN(to)) return [0, 1];
  if (Number.isNaN(from)) from = Number.isNaN(to) ? 0 : Math.min(0, to);
  if (Number.isNaN(to)) to = Math.max(from + 1, 1);
  if (wish.zero) {
    if (fixedMin === undefined) from = Math.min(0, from);
    if (fixedMax === undefined) to = Math.max(0, to);
  }
  if (to <= from) {
    const room = from !== 0 ? Math.abs(from) * 0.5 : 1;
    if (fixedMax === undefined) to = from + room;
    if (fixedMin === undefined) from = to - room * 2;
    if (to <= from) to = from + 1;
  }
  [from, to] = apart(from, to);
  // Zero is kept in sight when it is near: it costs little and says a lot.
  if (fixedMin === undefined && from > 0 && from < (to - from) * 0.6) from = 0;
  if (fixedMax === undefined && to < 0 && -to < (to - from) * 0.6) to = 0;
  const step = niceStep((to - from) / 6);
  const room = (to - from) * 0.04;
  if (fixedMin === undefined && from !== 0) from = tidy(Math.floor((from - room) / step) * step);
  if (fixedMax === undefined && to !== 0) to = tidy(Math.ceil((to + room) / step) * step);
  return apart(from, to);
}

/** The same ends, or around their middle as far from each other as they have to be. */
function apart(from: number, to: number): [number, number] {
  const least = Math.max(NEAREST, LEAST_SHARE * Math.max(Math.abs(from), Math.abs(to)));
  if (to - from >= least) return [from, to];
  const middle = from / 2 + to / 2;
  return [middle - least, middle + least];
}

function logRange(low: number, high: number, wish: RangeWish): [number, number] {
  const fixedMin = finite(wish.min);
  const fixedMax = finite(wish.max);
  const lowest = fixedMin !== undefined && fixedMin > 0 ? fixedMin : low > 0 ? 10 ** Math.floor(Math.log10(low)) : 1;
  const highest = fixedMax !== undefined && fixedMax > 0 ? fixedMax : high > 0 ? 10 ** Math.ceil(Math.log10(high)) : 10;
  const [from, to] = [lowest, highest].map((end) => Math.max(NEAREST, bounded(end))) as [number, number];
  return [from, to > from * (1 + LEAST_SHARE) ? to : from * 10];
}

/** Without the crumbs of binary fractions: 6 × 0.2 is 1.2. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function finite(value: number | null | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
