/** A board at one moment: what a snapshot file holds, and how it is gathered from the streams. */
import { type Excerpt, samplesOf } from "../lib/excerpt";
import type { Moment } from "../lib/moment";
import type { Stream } from "../lib/stream";
import type { Arrangement, Row, Spec } from "../wire";

/** Samples of a stream between which none was lost. */
export interface Piece {
  /** Offset of the last row. */
  offset: number;
  rows: Row[];
}

/** One stream as its panel showed it. */
export interface TakenStream {
  spec: Spec;
  epoch: string;
  /** Samples that were lost, but for those between two pieces. */
  lost: number;
  pieces: Piece[];
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

/** How many samples of a stream were taken along. */
export function samplesTaken(taken: Taken, id: string): number {
  const pieces = taken.streams.find(({ spec }) => spec.id === id)?.pieces ?? [];
  return pieces.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** `excerpt`: the samples that the panel shows. `picture`: what a camera's panel shows, as a data URL. */
export function takeStream(stream: Stream, excerpt: Excerpt, picture?: string): TakenStream {
  const { spec, epoch, lost } = stream;
  if (spec.type === "video_stream") {
    // A camera can't be taken along; its picture can.
    const rows: Row[] = picture === undefined ? [] : [[stream.lastTime || 0, picture]];
    const pieces = rows.length === 0 ? [] : [{ offset: rows.length, rows }];
    return { spec: { ...spec, type: "image" }, epoch: epoch || "taken", lost: 0, pieces };
  }
  const pieces = stream.shape === "series" ? seriesPieces(excerpt) : valuePieces(excerpt, spec.type === "image");
  const [first, last] = [pieces[0], pieces[pieces.length - 1]];
  if (first === undefined || last === undefined) return { spec, epoch, lost, pieces };
  const spanned = last.offset - first.offset + first.rows.length;
  const between = spanned - pieces.reduce((sum, { rows }) => sum + rows.length, 0);
  return { spec, epoch, lost: Math.max(0, lost - between), pieces };
}

function seriesPieces(excerpt: Excerpt): Piece[] {
  const view = excerpt.series();
  const rows: Row[] = [];
  for (let i = 0; i < view.length; i++) {
    const values = view.columns.map((column) => {
      const value = column[i] as number;
      return Number.isFinite(value) ? value : null;
    });
    rows.push([view.time[i] as number, ...values]);
  }
  return cut(view.offset, rows);
}

function valuePieces(excerpt: Excerpt, single: boolean): Piece[] {
  // Pictures are left out on the way on purpose: steps between them are no loss.
  const samples = samplesOf(excerpt, single ? 1 : undefined);
  return cut(
    samples.map(({ offset }) => offset),
    samples.map(({ time, value }): Row => [time, value]),
  );
}

/** In pieces at each place where samples were lost: so the snapshot has the same gaps as the board. */
function cut(offsets: ArrayLike<number>, rows: readonly Row[]): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && (offsets[i] as number) - (offsets[i - 1] as number) === 1) continue;
    pieces.push({ offset: offsets[i - 1] as number, rows: rows.slice(start, i) });
    start = i;
  }
  return pieces;
}
