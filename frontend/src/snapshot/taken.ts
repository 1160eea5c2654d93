/** A board at one moment: what a snapshot file holds, and how it is gathered from the streams. */
import type { Stream } from "../lib/stream";
import { shownSamples } from "../lib/types";
import type { Row, Spec } from "../wire";

/** One stream as its panel showed it. */
export interface TakenStream {
  spec: Spec;
  epoch: string;
  /** Offset of the last row. */
  offset: number;
  lost: number;
  rows: Row[];
}

export interface Taken {
  /** Version of this form. */
  form: 1;
  /** When it was taken, ms UTC by the browser's clock. */
  at: number;
  /** Where the board was. */
  board: string;
  version: string;
  theme: "light" | "dark";
  streams: TakenStream[];
}

/** `until`: the offset up to which the panel shows samples. `picture`: what a camera's panel shows, as a data URL. */
export function takeStream(stream: Stream, until: number, picture?: string): TakenStream {
  const { spec, epoch, lost } = stream;
  if (spec.type === "video_stream") {
    // A camera can't be taken along; its picture can.
    const rows: Row[] = picture === undefined ? [] : [[stream.lastTime || 0, picture]];
    return { spec: { ...spec, type: "image" }, epoch: epoch || "taken", offset: rows.length, lost: 0, rows };
  }
  const rows = stream.shape === "series" ? seriesRows(stream, until) : valueRows(stream, until);
  return { spec, epoch, offset: Math.min(stream.offset, until), lost, rows };
}

function seriesRows(stream: Stream, until: number): Row[] {
  const view = stream.ring.view(shownSamples(stream.spec), until);
  const rows: Row[] = [];
  for (let i = 0; i < view.length; i++) {
    const values = view.columns.map((column) => {
      const value = column[i] as number;
      return Number.isFinite(value) ? value : null;
    });
    rows.push([view.time[i] as number, ...values]);
  }
  return rows;
}

function valueRows(stream: Stream, until: number): Row[] {
  if (stream.spec.type === "image") {
    const newest = stream.values.newest(until);
    return newest === undefined ? [] : [[newest.time, newest.value]];
  }
  return stream.values.between(0, until).map((sample): Row => [sample.time, sample.value]);
}
