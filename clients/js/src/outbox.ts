/** Samples that wait to be sent: bounded, the oldest go first, and those are counted. Nothing here does any I/O. */

/** What a stream looks like goes before its samples; `look` is its JSON without the braces, with a comma before each field. */
export interface Source {
  readonly id: string;
  readonly head: string;
  readonly look: string;
}

interface Entry {
  readonly source: Source;
  readonly time: string;
  readonly value: string;
}

/** A request's body, fixed when it was made: sent again, it is the same, and the server stores it once. */
export interface Batch {
  readonly body: string;
  readonly streams: readonly string[];
}

const AROUND = 48;
/** Bytes of a message beside its value, roughly. */
const COMPACT_AT = 1024;

export class Outbox {
  readonly #limit: number;
  readonly #limitSize: number;
  #entries: (Entry | undefined)[] = [];
  #first = 0;
  #size = 0;
  #seq = 0;
  dropped = 0;

  constructor(limit: number, limitSize: number) {
    this.#limit = limit;
    this.#limitSize = limitSize;
  }

  get waiting(): number {
    return this.#entries.length - this.#first;
  }

  /** Add a sample. False if others had to go for it. */
  put(source: Source, time: string, value: string): boolean {
    this.#entries.push({ source, time, value });
    this.#size += value.length + AROUND;
    const had = this.dropped;
    while (this.waiting > this.#limit || (this.#size > this.#limitSize && this.waiting > 1)) {
      this.#shift();
      this.dropped += 1;
    }
    return this.dropped === had;
  }

  #shift(): Entry {
    const entry = this.#entries[this.#first] as Entry;
    this.#entries[this.#first] = undefined;
    this.#first += 1;
    this.#size -= entry.value.length + AROUND;
    if (this.#first >= COMPACT_AT && this.#first * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }

  /** Take the oldest, as many as fit into a body; one at least. */
  take(name: string, most: number, mostSize: number): Batch | undefined {
    if (this.waiting === 0) return undefined;
    const parts: string[] = [];
    const streams: string[] = [];
    const looked = new Set<Source>();
    let size = 0;
    while (this.waiting > 0 && parts.length < most) {
      const next = this.#entries[this.#first] as Entry;
      const look = looked.has(next.source) ? "" : next.source.look;
      const length = next.value.length + look.length + AROUND;
      if (parts.length > 0 && size + length > mostSize) break;
      const { source, time, value } = this.#shift();
      looked.add(source);
      size += length;
      this.#seq += 1;
      parts.push(`${source.head}${look},"time":${time},"value":${value},"source":${name},"seq":${this.#seq}}`);
      streams.push(source.id);
    }
    return { body: `[${parts.join(",")}]`, streams };
  }

  /** Let everything go. */
  clear(): number {
    const gone = this.waiting;
    this.dropped += gone;
    this.#entries = [];
    this.#first = 0;
    this.#size = 0;
    return gone;
  }
}
