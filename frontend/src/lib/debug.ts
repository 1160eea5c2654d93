/**
 * `window.windsock`: what the board knows, read-only, for end-to-end tests and curious people. Documented in `dev/README.md`.
 */
import type { Excerpt } from "./excerpt";
import type { SampleView } from "./ring";
import type { StreamStore } from "./store";
import type { Stream } from "./stream";
import type { ValueSample } from "./valuelog";

export interface StreamState {
  id: string;
  type: string;
  epoch: string;
  /** Offset of the newest sample, and of the first one since the newest reset. */
  offset: number;
  first: number;
  /** Samples received, and samples known to be lost, since the page was loaded. */
  samples: number;
  lost: number;
  /** How many of them are kept now. */
  held: number;
  /** The newest row, as `values` has it. */
  last: unknown[] | null;
}

export interface WindsockDebug {
  readonly version: string;
  link(): string;
  streams(): StreamState[];
  /** All rows that the board holds of a stream, oldest first: `[offset, time, v1, ...]`, gaps are `null`. */
  values(id: string): unknown[][];
  /** The rows that the stream's panel shows: the newest, or those of the moment that the board stands at. */
  shown(id: string): unknown[][];
  draws(): number;
  /** Panels that were drawn and are not on the screen yet. */
  painting(): number;
}

export function exposeDebug(
  target: Window,
  source: {
    version: string;
    store: StreamStore;
    link: () => string;
    excerpt: (stream: Stream) => Excerpt;
    draws: () => number;
    painting: () => number;
  },
): void {
  const debug: WindsockDebug = Object.freeze({
    version: source.version,
    link: source.link,
    streams: () => source.store.all().map(stateOf),
    values: (id: string) => {
      const stream = source.store.get(String(id));
      return stream === undefined ? [] : rowsOf(stream);
    },
    shown: (id: string) => {
      const stream = source.store.get(String(id));
      if (stream === undefined) return [];
      const excerpt = source.excerpt(stream);
      return stream.shape === "series" ? seriesRows(excerpt.series()) : shownValues(excerpt);
    },
    draws: source.draws,
    painting: source.painting,
  });
  Object.defineProperty(target, "windsock", { value: debug, writable: false, configurable: false });
}

function stateOf(stream: Stream): StreamState {
  const { id, epoch, offset, first, samples, lost } = stream;
  const held = stream.shape === "series" ? stream.ring.length : stream.values.length;
  return { id, type: stream.spec.type, epoch, offset, first, samples, lost, held, last: rowsOf(stream, 1)[0] ?? null };
}

function rowsOf(stream: Stream, newest = Number.POSITIVE_INFINITY): unknown[][] {
  if (stream.shape === "series") return seriesRows(stream.ring.view(Math.min(newest, stream.ring.length)));
  return valueRows(newest === 1 ? [stream.values.newest()] : stream.values.between(0));
}

function shownValues(excerpt: Excerpt): unknown[][] {
  const samples = excerpt.values();
  return valueRows(samples.length > 0 ? samples : [excerpt.newest()]);
}

function valueRows(samples: readonly (ValueSample | undefined)[]): unknown[][] {
  return samples.flatMap((sample) => (sample ? [[sample.offset, sample.time, sample.value]] : []));
}

function seriesRows(view: SampleView): unknown[][] {
  return Array.from({ length: view.length }, (_, i) => [
    view.offset[i],
    view.time[i],
    ...view.columns.map((column) => (Number.isNaN(column[i]) ? null : column[i])),
  ]);
}
