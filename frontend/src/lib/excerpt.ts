/**
 * The part of a stream that its panel shows: the newest samples, those up to a moment, or those of a window of time.
 *
 * Panels ask for one each time they draw, and need not know whether it comes from this browser's memory or from history.
 */
import type { Row } from "../wire";
import type { Follow, Stretch } from "./moment";
import { SampleRing, type SampleView } from "./ring";
import { ValueLog, type ValueSample } from "./valuelog";

export interface Excerpt {
  /** Changes when what was drawn can't be continued by what comes after it: the stream began anew, was cleared, or time went back. */
  readonly take: string;
  /** Time axes show exactly this stretch; undefined: whatever the samples span. */
  readonly window: Stretch | undefined;
  /** Samples of a numeric stream, oldest first. */
  series(): SampleView;
  /** Samples of any other stream after an offset, oldest first. */
  values(after?: number): ValueSample[];
  newest(): ValueSample | undefined;
}

/** What an excerpt is cut from: a stream, or a piece of its history. */
export interface Source {
  readonly ring: SampleRing;
  readonly values: ValueLog;
  readonly cleared: number;
}

export interface Cut {
  take: string;
  /** Offset of the newest sample that is shown. */
  until: number;
  /** As many samples, or as many ms before `at`. */
  follow: Follow;
  /** The end of the time that is followed. */
  at: number;
  window?: Stretch | undefined;
}

export function excerptOf(source: Source, { take, until, follow, at, window }: Cut): Excerpt {
  const from = window ? window.from : "ms" in follow ? at - follow.ms : Number.NaN;
  const count = "samples" in follow ? follow.samples : Number.POSITIVE_INFINITY;
  return {
    take,
    window: window ?? ("ms" in follow ? { from, to: at } : undefined),
    series: () => (Number.isNaN(from) ? source.ring.view(count, until) : source.ring.since(from, until)),
    values: (after = source.cleared) => source.values.between(Math.max(after, source.cleared), until),
    newest: () => {
      const found = source.values.newest(until);
      return found !== undefined && found.offset > source.cleared ? found : undefined;
    },
  };
}

/** The newest `most` samples of what is shown. Of a stream that keeps one sample, a pause keeps the one that it shows apart from those that come. */
export function samplesOf(excerpt: Excerpt, most = Number.POSITIVE_INFINITY): ValueSample[] {
  const found = excerpt.values().slice(-most);
  const held = found.length === 0 ? excerpt.newest() : undefined;
  return held !== undefined ? [held] : found;
}

/** Rows of history as a source: `rows` have consecutive offsets from `first` on. */
export function sourceOf(first: number, rows: readonly Row[], series: boolean, cleared: number): Source {
  const ring = new SampleRing(series ? Math.max(1, rows.length) : 1);
  const values = new ValueLog(Number.POSITIVE_INFINITY);
  for (const [i, row] of rows.entries()) {
    if (first + i <= cleared) continue;
    if (series) ring.append(first + i, row);
    else values.append(first + i, row[0], row[1]);
  }
  return { ring, values, cleared };
}
