/**
 * What a paused board has read of streams' history: pages of rows by offset, fetched when somebody looks at that time.
 *
 * Nothing in here waits. A question is answered from what is there, or with `undefined` while it is being read; `arrived` tells when to ask
 * again. Memory is bounded: the pages that were not looked at for the longest go first.
 */
import type { Row } from "../wire";

export interface HistoryPage {
  epoch: string;
  /** Offset of the first row. */
  first: number;
  rows: Row[];
  /** Size of the answer, by which memory is bounded. */
  bytes: number;
}

/** Reads rows after an offset, oldest first. */
export type ReadHistory = (id: string, after: number, limit: number) => Promise<HistoryPage>;

/** What has to be known of a stream to look things up in its history. */
export interface Subject {
  readonly id: string;
  readonly epoch: string;
  readonly offset: number;
  readonly lastTime: number;
  readonly spec: { readonly type: string };
}

interface Place {
  offset: number;
  time: number;
}

interface Page {
  first: number;
  rows: Row[];
  bytes: number;
}

interface Shelf {
  id: string;
  epoch: string;
  /** Offset and time of the oldest sample that history keeps; undefined until it is known, `offset` 0 if there is none. */
  start: Place | undefined;
  readonly pages: Map<number, Page>;
  /** When the last answer failed. */
  failedAt: number;
}

const PAGE_ROWS = 1_000;
/** Pictures, tables and trees are large, and only one of them is shown at a time. */
const HEAVY_ROWS = 8;
const HEAVY = new Set(["image", "tree", "treemap", "surface", "custom", "table", "map"]);
/** Of answers' text; as objects it is about three times as much. */
const MOST_BYTES = 24 << 20;
const IN_FLIGHT = 4;
const RETRY_MS = 3_000;

export class Archive {
  readonly #read: ReadHistory;
  readonly #arrived: (id: string) => void;
  readonly #now: () => number;
  readonly #most: number;
  readonly #shelves = new Map<string, Shelf>();
  /** By age of their last use, oldest first. */
  readonly #recent = new Map<Page, { shelf: Shelf; index: number }>();
  #bytes = 0;
  /** Asked for and not yet sent: the newest question is answered first, since it is where somebody looks now. */
  #waiting = new Map<string, () => Promise<void>>();
  readonly #flying = new Set<string>();

  constructor(read: ReadHistory, arrived: (id: string) => void, now: () => number, most = MOST_BYTES) {
    this.#read = read;
    this.#arrived = arrived;
    this.#now = now;
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest sample that history keeps; undefined while that is being found out. */
  start(subject: Subject): Place | undefined {
    const shelf = this.#shelf(subject);
    if (shelf.start === undefined) {
      this.#ask(shelf, "start", 0, 1, (page) => {
        shelf.start = placeOf(page.rows[0], page.first) ?? { offset: 0, time: Number.POSITIVE_INFINITY };
      });
    }
    return shelf.start;
  }

  /** The offset of the newest sample at or before `time`; 0 if history does not reach back so far. */
  locate(subject: Subject, time: number): number | undefined {
    const start = this.start(subject);
    if (start === undefined) return undefined;
    if (time < start.time) return 0;
    if (time >= subject.lastTime) return subject.offset;
    const shelf = this.#shelf(subject);
    let low = start;
    let high: Place = { offset: subject.offset, time: subject.lastTime };
    for (const page of shelf.pages.values()) {
      const first = placeOf(page.rows[0], page.first);
      const last = placeOf(page.rows[page.rows.length - 1], page.first + page.rows.length - 1);
      if (first === undefined || last === undefined) continue;
      if (first.time <= time && time < last.time) {
        this.#use(page);
        return page.first + lastAtOrBefore(page.rows, time);
      }
      if (last.time <= time && last.offset > low.offset) low = last;
      if (first.time > time && first.offset < high.offset) high = first;
    }
    if (high.offset - low.offset <= 1) return low.offset;
    const share = high.time > low.time ? (time - low.time) / (high.time - low.time) : 0.5;
    const guess = Math.round(low.offset + share * (high.offset - low.offset));
    this.#page(shelf, subject, Math.min(high.offset - 1, Math.max(low.offset + 1, guess)));
    return undefined;
  }

  /** The rows with offsets `from` to `to`, or those of them that history keeps; undefined while they are being read. */
  rows(subject: Subject, from: number, to: number): { first: number; rows: Row[] } | undefined {
    const shelf = this.#shelf(subject);
    const start = this.start(subject);
    if (start === undefined) return undefined;
    const first = Math.max(from, start.offset, 1);
    const found: Row[] = [];
    let complete = true;
    for (let offset = first; offset <= to; ) {
      const page = this.#page(shelf, subject, offset);
      if (page === undefined) {
        complete = false;
        offset = (this.#index(subject, offset) + 1) * rowsOfPage(subject) + 1;
        continue;
      }
      const last = Math.min(to, page.first + page.rows.length - 1);
      if (complete) found.push(...page.rows.slice(offset - page.first, last - page.first + 1));
      offset = last + 1;
    }
    return complete ? { first, rows: found } : undefined;
  }

  /** Whether history did not answer just now. */
  failing(id: string): boolean {
    const shelf = this.#shelves.get(id);
    return shelf !== undefined && this.#now() - shelf.failedAt < RETRY_MS;
  }

  /** What was asked for an earlier moment need not be read any more. */
  forgetQuestions(): void {
    this.#waiting.clear();
  }

  /** Lets go of all that is known of one stream's history. */
  forget(id: string): void {
    const shelf = this.#shelves.get(id);
    if (shelf === undefined) return;
    for (const page of [...shelf.pages.values()]) this.#drop(page);
    this.#shelves.delete(id);
  }

  clear(): void {
    this.#waiting.clear();
    this.#shelves.clear();
    this.#recent.clear();
    this.#bytes = 0;
  }

  #index(subject: Subject, offset: number): number {
    return Math.floor((offset - 1) / rowsOfPage(subject));
  }

  /** The page that holds an offset, or undefined while it is being read. */
  #page(shelf: Shelf, subject: Subject, offset: number): Page | undefined {
    const index = this.#index(subject, offset);
    const page = shelf.pages.get(index);
    // A page that was read before its stream filled it is read again.
    if (page !== undefined && offset >= page.first && offset < page.first + page.rows.length) {
      this.#use(page);
      return page;
    }
    const size = rowsOfPage(subject);
    this.#ask(shelf, String(index), index * size, size, ({ first, rows, bytes }) => {
      const kept = rows.slice(0, Math.max(0, (index + 1) * size - first + 1));
      // History has let go of its oldest samples meanwhile.
      if (first > offset) shelf.start = placeOf(rows[0], first) ?? shelf.start;
      if (kept.length > 0) this.#keep(shelf, index, { first, rows: kept, bytes });
      // An answer without what was asked for must not lead to the same question at once.
      else if (rows.length === 0) this.#failed(shelf);
    });
    return undefined;
  }

  #failed(shelf: Shelf): void {
    shelf.failedAt = this.#now();
    setTimeout(() => this.#arrived(shelf.id), RETRY_MS);
  }

  #shelf(subject: Subject): Shelf {
    let shelf = this.#shelves.get(subject.id);
    if (shelf === undefined || shelf.epoch !== subject.epoch) {
      this.forget(subject.id);
      shelf = { id: subject.id, epoch: subject.epoch, start: undefined, pages: new Map(), failedAt: -RETRY_MS };
      this.#shelves.set(subject.id, shelf);
    }
    return shelf;
  }

  #ask(shelf: Shelf, what: string, after: number, limit: number, take: (page: HistoryPage) => void): void {
    const key = JSON.stringify([shelf.id, shelf.epoch, what]);
    if (this.#flying.has(key) || this.failing(shelf.id)) return;
    this.#waiting.delete(key);
    this.#waiting.set(key, async () => {
      try {
        const page = await this.#read(shelf.id, after, limit);
        // Of another life of the stream: it says nothing about the one that is shown.
        if (this.#shelves.get(shelf.id) !== shelf) return;
        if (page.epoch === shelf.epoch) take(page);
        else this.#failed(shelf);
      } catch {
        this.#failed(shelf);
      }
    });
    this.#next();
  }

  #next(): void {
    while (this.#flying.size < IN_FLIGHT) {
      const newest = [...this.#waiting.keys()].at(-1);
      const send = newest === undefined ? undefined : this.#waiting.get(newest);
      if (newest === undefined || send === undefined) return;
      this.#waiting.delete(newest);
      this.#flying.add(newest);
      void send().finally(() => {
        this.#flying.delete(newest);
        this.#arrived((JSON.parse(newest) as [string])[0]);
        this.#next();
      });
    }
  }

  #keep(shelf: Shelf, index: number, page: Page): void {
    const before = shelf.pages.get(index);
    if (before) this.#drop(before);
    shelf.pages.set(index, page);
    this.#recent.set(page, { shelf, index });
    this.#bytes += page.bytes;
    for (const oldest of this.#recent.keys()) {
      if (this.#bytes <= this.#most || oldest === page) break;
      this.#drop(oldest);
    }
  }

  #use(page: Page): void {
    const where = this.#recent.get(page);
    if (where === undefined) return;
    this.#recent.delete(page);
    this.#recent.set(page, where);
  }

  #drop(page: Page): void {
    const where = this.#recent.get(page);
    if (where === undefined) return;
    this.#recent.delete(page);
    this.#bytes -= page.bytes;
    where.shelf.pages.delete(where.index);
  }
}

function rowsOfPage(subject: Subject): number {
  return HEAVY.has(subject.spec.type) ? HEAVY_ROWS : PAGE_ROWS;
}

function placeOf(row: Row | undefined, offset: number): Place | undefined {
  return row === undefined ? undefined : { offset, time: row[0] };
}

/** Index of the newest row at or before `time`; rows by their times, of which the first is at or before it. */
function lastAtOrBefore(rows: readonly Row[], time: number): number {
  let low = 0;
  let high = rows.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as Row)[0] <= time) low = middle;
    else high = middle;
  }
  return low;
}

/** Reads from the web service that served this page. */
export const readHistory: ReadHistory = async (id, after, limit) => {
  const answer = await fetch(`/v1/streams/${encodeURIComponent(id)}/samples?after=${after}&limit=${limit}`);
  if (!answer.ok) throw new Error(`history answered ${answer.status}`);
  const text = await answer.text();
  const { epoch, first, rows } = JSON.parse(text) as { epoch: string; first: number; rows: Row[] };
  return { epoch, first, rows, bytes: text.length };
};

/** For a board without a server: there is no history. */
export const readNothing: ReadHistory = () => Promise.reject(new Error("there is no server"));
