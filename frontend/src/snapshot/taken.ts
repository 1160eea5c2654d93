/** A board at one moment: what a snapshot file holds, and how it is gathered from the streams. */
import type { Excerpt } from "../lib/excerpt";
import type { Moment } from "../lib/moment";
import type { Stream } from "../lib/stream";
import type { Arrangement, Row, Spec } from "../wire";

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
  /** The time that it shows, ms UTC: when it was taken, or the moment at which the board was paused. */
  at: number;
  /** Where the board was. */
  board: string;
  version: string;
  theme: "light" | "dark";
  /** Places, hidden panels, settings. */
  arrangement: Arrangement;
  /** The group whose tab was in front; "" if there were no tabs. */
  tab: string;
  /** Where a paused board stood in time. */
  moment?: Moment;
  streams: TakenStream[];
}

/** `excerpt`: the samples that the panel shows. `picture`: what a camera's panel shows, as a data URL. */
export function takeStream(stream: Stream, excerpt: Excerpt, picture?: string): TakenStream {
  const { spec, epoch, lost } = stream;
  if (spec.type === "video_stream") {
    // A camera can't be taken along; its picture can.
    const rows: Row[] = picture === undefined ? [] : [[stream.lastTime || 0, picture]];
    return { spec: { ...spec, type: "image" }, epoch: epoch || "taken", offset: rows.length, lost: 0, rows };
  }
  const taken = stream.shape === "series" ? seriesRows(excerpt) : valueRows(excerpt, spec.type === "image");
  return { spec, epoch, lost, ...taken };
}

function seriesRows(excerpt: Excerpt): { offset: number; rows: Row[] } {
  const view = excerpt.series();
  const rows: Row[] = [];
  for (let i = 0; i < view.length; i++) {
    const values = view.columns.map((column) => {
      const value = column[i] as number;
      return Number.isFinite(value) ? value : null;
    });
    rows.push([view.time[i] as number, ...values]);
  }
  return { offset: view.offset[view.length - 1] ?? 0, rows };
}

function valueRows(excerpt: Excerpt, single: boolean): { offset: number; rows: Row[] } {
  const newest = excerpt.newest();
  const samples = single ? (newest ? [newest] : []) : excerpt.values();
  return { offset: newest?.offset ?? 0, rows: samples.map((sample): Row => [sample.time, sample.value]) };
}
