/** Reads streams live, and goes on where it was after a lost connection: no sample is missed without being told, and none comes twice. */

import { Backoff } from "./backoff.ts";
import type { Delta, ErrorInfo, Picture, Status } from "./contract.gen.ts";
import { type Code, type OnError, Reports, WindsockError } from "./errors.ts";
import { environment, later, serverAt } from "./host.ts";
import { connect, type Place, type Transport } from "./transports.ts";

export interface WatchOptions {
  /** Where the board is; by default `WINDSOCK_BOARD`, or port 8000 of this page's host or of this machine. */
  board?: string;
  /** Called with each picture of an image stream. */
  onPicture?: (picture: Picture) => void;
  /** Called when a stream that was there is removed. Another of its name may follow: its samples begin with a `reset`. */
  onRemoved?: (id: string) => void;
  /** Called when the broker behind the board goes away and comes back. */
  onStatus?: (status: Status) => void;
  /** Told what went wrong, instead of the console. */
  onError?: OnError;
}

/** A watch that is open. */
export interface Watch {
  add(...ids: string[]): void;
  remove(...ids: string[]): void;
  close(): void;
}

/** Nothing heard for so long, with a ping due each 15 s: the connection is dead. */
const SILENCE_MS = 40_000;

/**
 * Watch streams. `onSamples` gets what there is (`reset`: forget what you have), then what comes; `lost` samples before its rows can't be had any more. What
 * it throws is told to `onError`.
 */
export function watch(ids: string | string[], onSamples: (samples: Delta) => void, options: WatchOptions = {}): Watch {
  return new Watcher([ids].flat(), onSamples, options);
}

class Watcher implements Watch {
  readonly #board: string;
  readonly #onSamples: (samples: Delta) => void;
  readonly #options: WatchOptions;
  readonly #reports: Reports;
  readonly #places = new Map<string, Place | undefined>();
  readonly #backoff = new Backoff();
  #transport: Transport | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #open = true;
  #connection = 0;

  constructor(ids: string[], onSamples: (samples: Delta) => void, options: WatchOptions) {
    this.#board = (options.board ?? environment("WINDSOCK_BOARD") ?? serverAt(8000)).replace(/\/+$/, "");
    this.#onSamples = onSamples;
    this.#options = options;
    this.#reports = new Reports(options.onError);
    for (const id of ids) this.#places.set(id, undefined);
    this.#connect();
  }

  add(...ids: string[]): void {
    const fresh = new Map(ids.filter((id) => !this.#places.has(id)).map((id) => [id, undefined]));
    for (const id of fresh.keys()) this.#places.set(id, undefined);
    if (fresh.size > 0 && this.#transport?.change(fresh, []) === false) this.#connect();
  }

  remove(...ids: string[]): void {
    const gone = ids.filter((id) => this.#places.delete(id));
    if (gone.length > 0 && this.#transport?.change(new Map(), gone) === false) this.#connect();
  }

  close(): void {
    this.#open = false;
    this.#disconnect();
    clearTimeout(this.#retry);
  }

  #disconnect(): void {
    this.#connection += 1;
    clearTimeout(this.#silence);
    this.#transport?.close();
    this.#transport = undefined;
  }

  #connect(): void {
    this.#disconnect();
    if (!this.#open || this.#places.size === 0) return;
    const connection = this.#connection;
    const current = () => connection === this.#connection;
    this.#listen();
    this.#transport = connect(this.#board, this.#places, {
      opened: () => {},
      heard: (event, data) => {
        if (current()) this.#heard(event, data);
      },
      closed: (reason) => {
        if (current()) this.#lost(reason);
      },
    });
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = later(SILENCE_MS, () => this.#lost("nothing was heard for long"));
  }

  #lost(reason: string): void {
    this.#disconnect();
    this.#reports.tell(new WindsockError("unavailable", `${this.#board}: ${reason}; trying again`));
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  #heard(event: string, data: unknown): void {
    this.#listen();
    if (event === "tick") {
      this.#backoff.reset();
      for (const delta of (data as { streams: Delta[] }).streams) this.#take(delta);
    } else if (event === "picture") {
      const picture = data as Picture;
      this.#places.set(picture.id, { epoch: picture.epoch, offset: picture.offset });
      this.#call(() => this.#options.onPicture?.(picture), picture.id);
      this.#transport?.shown(picture.id, picture.offset);
    } else if (event === "status") {
      this.#call(() => this.#options.onStatus?.(data as Status));
    } else if (event === "removed") {
      for (const id of (data as { ids: string[] }).ids) this.#removed(id);
    } else if (event === "watching") {
      for (const id of (data as { unknown: string[] }).unknown) this.#removed(id); // while there was no connection
    } else if (event === "error") {
      const { code, message } = data as ErrorInfo;
      this.#reports.tell(new WindsockError(code as Code, message));
    }
  }

  #removed(id: string): void {
    if (this.#places.get(id) === undefined) return; // not watched, or not there yet
    this.#places.set(id, undefined);
    this.#call(() => this.#options.onRemoved?.(id), id);
  }

  #take(delta: Delta): void {
    if (!this.#places.has(delta.id)) return; // not watched any more
    const place = this.#places.get(delta.id);
    const begin = delta.offset - delta.count;
    let rows = delta.rows;
    if (!delta.reset && place?.epoch === delta.epoch) {
      if (delta.offset <= place.offset) return;
      if (begin < place.offset) rows = rows.slice(place.offset - begin);
    }
    this.#places.set(delta.id, { epoch: delta.epoch, offset: delta.offset });
    this.#call(() => this.#onSamples({ ...delta, rows, count: rows.length }), delta.id);
  }

  #call(act: () => void, stream?: string): void {
    try {
      act();
    } catch (error) {
      this.#reports.tell(new WindsockError("invalid", `the program's own function failed: ${error}`, stream));
    }
  }
}
