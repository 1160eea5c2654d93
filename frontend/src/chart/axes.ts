/** Which values and times have a mark on an axis: steps that people count in, as many as have room. */
import { niceStep } from "../lib/scale";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

/** More would be a fault of the arithmetic and not a wish. */
const MOST_TICKS = 200;

/** Round values between `low` and `high`, at least `space` of `length` pixels apart. */
export function valueTicks(low: number, high: number, length: number, space: number): number[] {
  const step = niceStep(((high - low) * space) / Math.max(1, length));
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  if (!(last - first <= MOST_TICKS)) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten; also their double and fivefold where there are too few of them, and round steps where even those are. */
export function logTicks(low: number, high: number, length: number, space: number): number[] {
  if (!(low > 0 && high > low)) return [];
  // Not of their quotient, which may be larger than any number.
  const decades = Math.log10(high) - Math.log10(low);
  const every = Math.max(1, Math.ceil((decades * space) / Math.max(1, length)));
  for (const leads of [[1], [1, 2, 5]]) {
    const found: number[] = [];
    const first = Math.floor(Math.log10(low) / every) * every;
    for (let power = first; power <= Math.log10(high) + 1e-9 && found.length < MOST_TICKS; power += every) {
      for (const lead of leads) {
        const value = Number((lead * 10 ** power).toPrecision(12));
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
      }
    }
    if (found.length > 1) return found;
  }
  return valueTicks(low, high, length, space).filter((value) => value > 0);
}

export interface TimeTicks {
  readonly times: readonly number[];
  /** ms from one to the next. */
  readonly step: number;
}

/** Round local times between `from` and `to`, at least `space` of `length` pixels apart. */
export function timeTicks(from: number, to: number, length: number, space: number, offset = localOffset): TimeTicks {
  const least = ((to - from) * space) / Math.max(1, length);
  const step = TIME_STEPS.find((one) => one >= least) ?? Math.ceil(least / (364 * DAY)) * 364 * DAY;
  const times: number[] = [];
  if (!(to > from) || !Number.isFinite(step)) return { times, step: SECOND };
  // Counted on the clock on the wall, whose offset may change between two ticks.
  const first = Math.ceil((from + offset(from)) / step);
  for (let n = first; times.length < MOST_TICKS; n++) {
    const wall = n * step;
    const time = wall - offset(wall - offset(from));
    if (time > to) break;
    if (time >= from) times.push(time);
  }
  return { times, step };
}

/** ms by which the clock on the wall is ahead of UTC. */
function localOffset(time: number): number {
  return -new Date(time).getTimezoneOffset() * MINUTE;
}
