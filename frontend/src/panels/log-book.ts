/**
 * The lines of a log: the newest `capacity` of them, which of those a filter lets through, and where each stands. Pure, so that the panel only has to
 * put the few lines in sight into the document: 100,000 lines scroll like ten.
 */
import { clip } from "../lib/format";
import type { LogLevel, LogLine } from "./log-lines";

export interface BookLine {
  /** Rises by one with each line: its name. */
  readonly seq: number;
  readonly time: number;
  readonly level: LogLevel | "";
  readonly text: string;
  /** Samples that are missing before it: then it is a mark and no line. */
  readonly lost: number;
}

export interface LogFilter {
  text: string;
  /** The least level that is shown; "" shows all. */
  level: LogLevel | "";
}

/** Lower levels first. A line that names none counts as information. */
const RANKS: Record<LogLevel | "", number> = { debug: 0, "": 1, info: 1, warning: 2, error: 3 };
/** Of a long log so many lines more may pile up before all of them go at once: moving an array for each would cost more than the lines. */
const SLACK = 0.05;
const LONG = 2_000;
/** Longer lines are cut: a panel is no place to read a megabyte, and one line must not stall the layout. */
const LONGEST_LINE = 4_000;

interface Placed {
  readonly line: BookLine;
  /** Rows of the screen that it takes. */
  readonly rows: number;
  /** Rows of all lines up to this one's end, since the book was last laid out. */
  readonly end: number;
}

/** What a panel has room for of a line. */
export function readable(line: BookLine): string {
  return clip(line.text, LONGEST_LINE);
}

export class LogBook {
  #capacity: number;
  #lines: BookLine[] = [];
  #shown: Placed[] = [];
  #seq = 0;
  #filter: LogFilter = { text: "", level: "" };
  #words: string[] = [];
  /** Letters that fit in a row; infinite when long lines are not broken. */
  #columns = Number.POSITIVE_INFINITY;
  #wide = 2;
  /** Rows that went at the top since the book was last laid out. */
  #gone = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Lines that are kept, and lines that the filter lets through. */
  get length(): number {
    return Math.min(this.#lines.length, this.#capacity);
  }

  get shown(): number {
    return this.#shown.length;
  }

  /** Height of all that is shown, in rows. */
  get rows(): number {
    return (this.#shown[this.#shown.length - 1]?.end ?? this.#gone) - this.#gone;
  }

  get filter(): Readonly<LogFilter> {
    return this.#filter;
  }

  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#trim(0);
  }

  clear(): void {
    this.#lines = [];
    this.#shown = [];
    this.#gone = 0;
  }

  add(time: number, { level, text }: LogLine): void {
    this.#push({ seq: ++this.#seq, time, level, text, lost: 0 });
  }

  /** `samples` are missing here. */
  lose(time: number, samples: number): void {
    this.#push({ seq: ++this.#seq, time, level: "", text: "", lost: samples });
  }

  /** Rows that went at the top: what is read must not move on the screen. */
  settle(): number {
    const before = this.#gone;
    this.#trim(this.#capacity > LONG ? SLACK : 0);
    return this.#gone - before;
  }

  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#layOut();
  }

  /** `wide`: how much wider letters of East Asian scripts are here; with a font that has none of them they are boxes as narrow as all letters. */
  setColumns(columns: number, wide = 2): void {
    if (columns === this.#columns && wide === this.#wide) return;
    this.#columns = columns;
    this.#wide = wide;
    this.#layOut();
  }

  /** Index of the line that stands at `row`. */
  at(row: number): number {
    let low = 0;
    let high = Math.max(0, this.#shown.length - 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#shown[middle] as Placed).end - this.#gone <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Row at which line `index` begins. */
  top(index: number): number {
    const placed = this.#shown[index];
    return placed ? placed.end - placed.rows - this.#gone : this.rows;
  }

  slice(from: number, to: number): BookLine[] {
    return this.#shown.slice(Math.max(0, from), to).map((placed) => placed.line);
  }

  #push(line: BookLine): void {
    this.#lines.push(line);
    if (this.#passes(line)) this.#place(line);
  }

  #place(line: BookLine): void {
    const rows = rowsOf(readable(line), this.#columns, this.#wide);
    this.#shown.push({ line, rows, end: (this.#shown[this.#shown.length - 1]?.end ?? this.#gone) + rows });
  }

  #passes(line: BookLine): boolean {
    if (line.lost > 0) return true;
    if (RANKS[line.level] < RANKS[this.#filter.level || "debug"]) return false;
    if (this.#words.length === 0) return true;
    const text = line.text.toLowerCase();
    return this.#words.every((word) => text.includes(word));
  }

  #layOut(): void {
    this.#shown = [];
    this.#gone = 0;
    for (const line of this.#lines) if (this.#passes(line)) this.#place(line);
  }

  #trim(slack: number): void {
    if (this.#lines.length <= this.#capacity * (1 + slack)) return;
    this.#lines.splice(0, this.#lines.length - this.#capacity);
    const oldest = this.#lines[0]?.seq ?? 0;
    let left = this.#shown.findIndex((placed) => placed.line.seq >= oldest);
    if (left < 0) left = this.#shown.length;
    this.#gone = this.#shown[left - 1]?.end ?? this.#gone;
    this.#shown.splice(0, left);
  }
}

/** Rows that a text takes when it is broken after `columns` letters. Letters of East Asian scripts and pictures are `wide` times as wide. */
export function rowsOf(text: string, columns: number, wide = 2): number {
  if (columns === Number.POSITIVE_INFINITY) return 1;
  let rows = 0;
  for (const part of text.split("\n")) {
    let width = part.length;
    for (let i = 0; i < part.length; i++) {
      const unit = part.charCodeAt(i);
      // The second half of a letter that takes two is nothing beside the first.
      if (unit >= 0xdc00 && unit <= 0xdfff) width -= 1;
      else if (unit >= 0x1100) width += wide - 1;
    }
    rows += Math.max(1, Math.ceil(width / Math.max(1, columns)));
  }
  return rows;
}
