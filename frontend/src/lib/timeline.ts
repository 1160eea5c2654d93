/**
 * The board's place in time, and what of each stream is shown there. One for all panels: so they always show the same moment.
 *
 * Live, a panel shows the newest samples. Paused, it shows those up to the moment of the pause, then those of any other moment: from this
 * browser's memory as far as that goes, else from history.
 */
import { Archive, type ReadHistory, readNothing } from "./archive";
import { type Cut, type Excerpt, excerptOf, type Source, sourceOf } from "./excerpt";
import { AS_SENT, type Follow, type Moment, type Stretch } from "./moment";
import type { Stream } from "./stream";
import { isTimed, neededSamples } from "./types";

/** Memory that a pause may take for numbers, all streams together. */
const HELD_BYTES = 64 << 20;
/** Samples read from history for one panel. */
const MOST_READ = 50_000;

/** Samples of the moment that is shown may come this much later. */
const SETTLE_MS = 2_000;

/** What a panel has to say beside its samples: they are being read, there are none from that time, history does not answer, or keeps no such thing. */
export type Note = "" | "reading" | "before" | "away" | "unkept";

/** What is shown of a window that holds more samples than are read for one panel: the newest. */
export interface Newest {
  readonly shown: number;
  readonly of: number;
}

/** A sample: where it stands in its stream, and when it was. */
interface Place {
  readonly offset: number;
  readonly time: number;
}

interface View {
  until: number;
  take: number;
  /** The excerpt that was made last, for which question, and from what. */
  key: string;
  /** What the memory has been filled for from history. */
  filled: string;
  excerpt: Excerpt | undefined;
  note: Note;
  newest: Newest | undefined;
}

export class Timeline {
  /** Undefined while live. */
  moment: Moment | undefined;
  readonly archive: Archive;
  readonly #heldBytes: number;
  readonly #mostRead: number;
  readonly #whole: boolean;
  readonly #serverTime: () => number;
  /** The newest samples at the moment of the pause: nothing moves then, whatever publishers' clocks say. Until the first look elsewhere. */
  readonly #pausedAt = new Map<Stream, Place>();
  readonly #views = new WeakMap<Stream, View>();
  #moved = false;
  /** Rises with each answer from history. */
  #answers = 0;

  constructor(
    /** Left out where there is no history: all there is is in this browser's memory. */
    read: ReadHistory | undefined,
    serverTime: () => number,
    now: () => number,
    arrived: (id: string) => void,
    heldBytes = HELD_BYTES,
    mostRead = MOST_READ,
  ) {
    this.#mostRead = mostRead;
    this.#heldBytes = heldBytes;
    this.#serverTime = serverTime;
    this.#whole = read === undefined;
    this.archive = new Archive(
      read ?? readNothing,
      (id) => {
        this.#answers++;
        arrived(id);
      },
      now,
    );
  }

  get paused(): boolean {
    return this.moment !== undefined;
  }

  pause(streams: readonly Stream[]): void {
    this.moment = { at: this.#serverTime(), span: undefined };
    this.#moved = false;
    this.#pausedAt.clear();
    for (const stream of streams) {
      if (stream.epoch !== "") this.#pausedAt.set(stream, newestOf(stream));
      stream.hold(this.#heldBytes / streams.length);
    }
  }

  /** Shows another moment. */
  look(moment: Moment): void {
    this.moment = moment;
    this.#moved = true;
    this.archive.forgetQuestions();
  }

  live(streams: readonly Stream[]): void {
    this.moment = undefined;
    this.#moved = false;
    this.#pausedAt.clear();
    for (const stream of streams) stream.release();
    // What was read is old news, and the next pause begins with what has happened since.
    this.archive.clear();
  }

  /** A stream that has been cleared shows nothing from before, also while paused. */
  cleared(): void {
    for (const stream of this.#pausedAt.keys()) this.#pausedAt.set(stream, newestOf(stream));
  }

  /** Whether a stream was there at the pause: what comes of it is waiting. */
  knew(stream: Stream): boolean {
    return this.#pausedAt.has(stream);
  }

  /** Streams that are no more are let go of. */
  keepOnly(streams: readonly Stream[]): void {
    const known = new Set(streams);
    for (const stream of this.#pausedAt.keys()) if (!known.has(stream)) this.#pausedAt.delete(stream);
  }

  /** A stream that is not watched any more begins anew when it is again. */
  forget(stream: Stream): void {
    this.#pausedAt.delete(stream);
    this.#views.delete(stream);
  }

  /** Whether a new sample changes nothing of what is shown. */
  still(stream: Stream): boolean {
    if (this.moment === undefined) return false;
    // A stream that began anew has nothing left of what was shown.
    if (stream.offset < (this.#pausedAt.get(stream)?.offset ?? 0)) this.#pausedAt.delete(stream);
    return this.#moved ? this.#serverTime() > this.moment.at + SETTLE_MS : this.#pausedAt.has(stream);
  }

  /** Samples that came in a pause, or were shown at its begin, and that this browser could not keep. */
  fellOut(streams: readonly Stream[]): number {
    return streams.reduce((sum, stream) => sum + stream.fellOut, 0);
  }

  /** From where to where one can look: as far back as it is known that any of the streams has samples. */
  extent(streams: readonly Stream[]): Stretch {
    const to = this.#serverTime();
    let from = to;
    for (const stream of streams) {
      if (stream.epoch === "") continue;
      const start = this.paused ? this.archive.start(stream)?.time : undefined;
      from = Math.min(from, start ?? from, stream.oldest?.time ?? from);
    }
    return { from, to };
  }

  /** Offset of the newest sample that is shown of a stream; infinite while live. */
  until(stream: Stream): number {
    if (this.moment === undefined) return Number.POSITIVE_INFINITY;
    if (this.#moved) return stream.offsetAt(this.#timeOf(stream, this.moment.at));
    // A stream that came during the pause is shown once, as it was found.
    let at = this.#pausedAt.get(stream);
    if (at === undefined) {
      at = newestOf(stream);
      if (at.offset > 0) this.#pausedAt.set(stream, at);
    }
    return at.offset;
  }

  /** Set where a panel shows only the newest samples of its window. */
  newestOf(stream: Stream): Newest | undefined {
    return this.#views.get(stream)?.newest;
  }

  note(stream: Stream): Note {
    return this.moment === undefined ? "" : (this.#views.get(stream)?.note ?? "");
  }

  excerpt(stream: Stream, asked: Follow = AS_SENT): Excerpt {
    const { moment } = this;
    const { spec } = stream;
    const timed = isTimed(spec.type);
    const follow = timed && !("samples" in asked && asked.samples === 0) ? asked : { samples: neededSamples(spec) };
    const view = this.#view(stream);
    const until = this.until(stream);
    if (moment === undefined && follow === asked) this.#fill(stream, view, follow);
    else if (moment === undefined) view.newest = undefined;
    if (moment === undefined || (!this.#moved && this.#stands(stream)))
      return this.#own(stream, view, { until, follow, at: timeAt(stream, until) });
    if (!this.#moved) {
      const at = this.#pausedAt.get(stream)?.time ?? moment.at;
      return this.#past(stream, view, follow, at, undefined, until);
    }
    const at = this.#timeOf(stream, moment.at);
    const window = timed && moment.span !== undefined ? { from: at - moment.span, to: at } : undefined;
    if (this.#covers(stream, until, follow, at, window)) {
      view.newest = undefined;
      return this.#own(stream, view, { until, follow, at, window });
    }
    return this.#past(stream, view, follow, at, window);
  }

  /** From this browser's memory. */
  #own(stream: Stream, view: View, cut: Omit<Cut, "take">): Excerpt {
    const reached = Math.min(cut.until, stream.offset);
    if (reached < view.until || view.key !== "") view.take++;
    view.key = "";
    view.until = reached;
    view.note = this.#moved && stream.spec.type === "video_stream" ? "unkept" : "";
    view.excerpt = excerptOf(stream, { ...cut, take: `${stream.epoch} ${stream.cleared} ${view.take}` });
    return view.excerpt;
  }

  /** Reads once what a panel follows beyond what the relay sent when the page was opened. */
  #fill(stream: Stream, view: View, follow: Follow): void {
    const { oldest } = stream;
    if (this.#whole || oldest === undefined || stream.shape !== "series") return;
    const key = JSON.stringify([stream.epoch, stream.cleared, follow]);
    if (view.filled === key) {
      // Memory has grown since: it may hold all of the span by now.
      if ("ms" in follow && oldest.time <= stream.lastTime - follow.ms) view.newest = undefined;
      return;
    }
    view.newest = undefined;
    const reached =
      oldest.offset <= stream.cleared + 1 ||
      ("ms" in follow ? oldest.time <= stream.lastTime - follow.ms : stream.ring.length >= follow.samples);
    const begin = reached ? oldest.offset : this.#begin(stream, follow);
    if (begin === undefined) return;
    const from = Math.max(begin, stream.offset - this.#mostRead + 1);
    view.newest = newest(from, begin, stream.offset);
    const found = from < oldest.offset ? this.archive.rows(stream, from, oldest.offset - 1) : { first: 0, rows: [] };
    if (found === undefined) return;
    view.filled = key;
    stream.prepend(stream.epoch, found.first, found.rows);
    this.archive.forget(stream.id);
  }

  /** The oldest offset that is followed; undefined while history is asked for it. */
  #begin(stream: Stream, follow: Follow): number | undefined {
    const least = stream.cleared + 1;
    if (!("ms" in follow)) return Math.max(least, stream.offset - follow.samples + 1);
    const from = this.archive.locate(stream, stream.lastTime - follow.ms);
    // A span that begins before history does begins with it.
    return from === undefined ? undefined : Math.max(least, from, this.archive.start(stream)?.offset ?? 0);
  }

  /** From history; what was shown before stays until it is read. `offset`: of the newest sample to show, where that is known. */
  #past(stream: Stream, view: View, follow: Follow, at: number, window: Stretch | undefined, offset?: number): Excerpt {
    const key = JSON.stringify([stream.epoch, stream.cleared, follow, at, window, offset, this.#answers]);
    if (key === view.key && view.excerpt) return view.excerpt;
    const found = this.#read(stream, view, follow, at, window, offset);
    if (found === undefined) {
      view.note = this.archive.failing(stream.id) ? "away" : "reading";
      if (view.excerpt) return view.excerpt;
    } else view.note = found.until === 0 ? "before" : "";
    const { source = EMPTY, until = 0 } = found ?? {};
    view.key = key;
    view.until = until;
    const take = `${stream.epoch} ${stream.cleared} ${++view.take}`;
    view.excerpt = excerptOf(source, { take, until, follow, at, window });
    return view.excerpt;
  }

  #read(
    stream: Stream,
    view: View,
    follow: Follow,
    at: number,
    window: Stretch | undefined,
    offset: number | undefined,
  ): { source: Source; until: number } | undefined {
    const until = offset ?? this.archive.locate(stream, at);
    if (until === undefined) return undefined;
    if (until === 0) return { source: EMPTY, until };
    const start = window?.from ?? ("ms" in follow ? at - follow.ms : undefined);
    let from: number | undefined;
    if (start !== undefined) from = this.archive.locate(stream, start);
    else from = until - ("samples" in follow ? follow.samples : 0) + 1;
    if (from === undefined) return undefined;
    const first = Math.max(from, until - this.#mostRead + 1);
    const found = this.archive.rows(stream, first, until);
    if (found === undefined) return undefined;
    view.newest = newest(first, Math.max(1, from, this.archive.start(stream)?.offset ?? 0), until);
    return { source: sourceOf(found.first, found.rows, stream.shape === "series", stream.cleared), until };
  }

  /** Whether memory still has what was shown at the pause. In a long one what comes pushes it out. */
  #stands(stream: Stream): boolean {
    return this.#whole || stream.fellOut === 0 || stream.epoch === "" || stream.spec.type === "video_stream";
  }

  /** Whether this browser's memory holds all that is to be shown. */
  #covers(stream: Stream, until: number, follow: Follow, at: number, window: Stretch | undefined): boolean {
    const { oldest } = stream;
    if (this.#whole) return true;
    if (oldest === undefined) return stream.epoch === "" || stream.cleared >= stream.offset;
    if (oldest.offset <= stream.cleared + 1) return true;
    // The relay skips pictures on purpose: which was the newest at that time only history knows.
    if (stream.spec.type === "image") return until === stream.offset;
    if (stream.spec.type === "video_stream") return true;
    if (until === 0) return false;
    const from = window?.from ?? ("ms" in follow ? at - follow.ms : undefined);
    if (from !== undefined && stream.shape === "series") return oldest.time <= from;
    return stream.holds(until, "samples" in follow ? follow.samples : neededSamples(stream.spec));
  }

  /** A stream whose publisher's clock is ahead is looked at by its own clock: at the pause it shows its newest sample. */
  #timeOf(stream: Stream, at: number): number {
    return at + Math.max(0, stream.aheadBy);
  }

  #view(stream: Stream): View {
    let view = this.#views.get(stream);
    if (view === undefined) {
      view = { until: 0, take: 0, key: "", filled: "", excerpt: undefined, note: "", newest: undefined };
      this.#views.set(stream, view);
    }
    return view;
  }
}

function newestOf(stream: Stream): Place {
  return { offset: stream.offset, time: stream.lastTime };
}

const EMPTY: Source = sourceOf(1, [], true, 0);

function newest(first: number, begin: number, until: number): Newest | undefined {
  return first > begin ? { shown: until - first + 1, of: until - begin + 1 } : undefined;
}

/** The time of the newest sample up to an offset. */
function timeAt(stream: Stream, until: number): number {
  if (stream.shape === "values") return stream.values.newest(until)?.time ?? stream.lastTime;
  return stream.ring.view(1, until).time[0] ?? stream.lastTime;
}
