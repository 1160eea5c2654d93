/**
 * What the relay says and hears, by hand, in the shapes of `shared/messages.py`.
 *
 * The board imports its wire types from here alone, so that the generated ones can take their place in one line.
 */

/** One sample: `[time, v1, v2, ...]` for numeric types (a gap is `null`), `[time, value]` for all others. Time in ms, UTC. */
export type Row = [number, ...unknown[]];

/** A level at which a panel changes its colour. */
export interface Threshold {
  value: number;
  color?: string | null;
  name?: string | null;
}

/** What a stream looks like. A field that no message ever carried is absent (or `null`). */
export interface Spec {
  id: string;
  type: string;
  version: number;
  epoch: string;
  name?: string | null;
  label?: string[] | null;
  legend?: string[] | null;
  unit?: string | null;
  group?: string | null;
  borderColor?: string[] | null;
  backgroundColor?: string[] | null;
  fill?: unknown;
  active_points?: number | null;
  width?: number | null;
  height?: number | null;
  min?: number | null;
  max?: number | null;
  thresholds?: Threshold[] | null;
  decimals?: number | null;
  log?: boolean | null;
  config?: Record<string, unknown> | null;
}

/** What is new of one stream: rows with the offsets `offset - count + 1` to `offset`. */
export interface Delta {
  id: string;
  epoch: string;
  offset: number;
  count: number;
  /** Samples before these rows that can't be recovered. */
  lost: number;
  /** Forget what you have of this stream: these rows are the snapshot. */
  reset: boolean;
  rows: Row[];
}

export interface Tick {
  /** The relay's clock, ms UTC. */
  time: number;
  streams: Delta[];
}

export interface Picture {
  id: string;
  epoch: string;
  offset: number;
  time: number;
  value: string;
}

export interface Hello {
  protocol: number;
  version: string;
  tick_ms: number;
  /** Where publishers send to, if the relay tells. */
  ports?: { tcp?: number; http?: number } | null;
}

export interface Catalogue {
  streams: Spec[];
}

export interface Specs {
  changed: Spec[];
  removed: string[];
}

export interface Status {
  broker: "up" | "down";
  since: number;
}

export interface Notice {
  code: string;
  message: string;
}

/** One stream to watch; with `epoch` and `offset` the relay recovers from there, without it sends a snapshot. */
export interface WatchEntry {
  id: string;
  epoch?: string;
  offset?: number;
}

export interface Watching {
  watching?: number | null;
  error?: { code: string; message: string } | null;
}
