/**
 * All streams there are, kept up by what the relay says. No framework in it: it tells a listener what happened, and to which stream.
 */
import type { Catalogue, Picture, Spec, Specs, Tick, WatchEntry } from "../wire";
import { Stream } from "./stream";

export interface StoreListener {
  /** Streams came, went, or look different. */
  catalogueChanged(): void;
  /** A stream has something new to draw. */
  news(stream: Stream, samples: number): void;
  /** `lost` samples of a stream can't be recovered. */
  lost(stream: Stream, lost: number): void;
  /** A stream's counter began again: its history is a new one. */
  restarted(stream: Stream): void;
}

/** What the relay has to be asked for after the catalogue changed. */
export interface Wanted {
  add: WatchEntry[];
  remove: string[];
}

export class StreamStore {
  readonly #streams = new Map<string, Stream>();
  readonly #listener: StoreListener;
  readonly #only: string | undefined;
  readonly #wants: (id: string) => boolean;
  /** Deltas for streams that the catalogue does not name (yet). */
  strays = 0;

  /** `only`: this stream and no other, for a page with one panel. `wants`: whether somebody looks at a stream; the others are known, and not watched. */
  constructor(listener: StoreListener, only?: string, wants: (id: string) => boolean = () => true) {
    this.#listener = listener;
    this.#only = only;
    this.#wants = wants;
  }

  get(id: string): Stream | undefined {
    return this.#streams.get(id);
  }

  /** In the catalogue's order: oldest first. */
  all(): Stream[] {
    return [...this.#streams.values()];
  }

  /** The whole catalogue: whatever it does not name is gone. */
  catalogue(message: Catalogue): Wanted {
    const named = new Set(message.streams.map((spec) => spec.id));
    const removed = [...this.#streams.keys()].filter((id) => !named.has(id));
    for (const id of removed) this.#streams.delete(id);
    const add = this.#take(message.streams);
    this.#listener.catalogueChanged();
    return { add, remove: removed };
  }

  specs(message: Specs): Wanted {
    const removed = message.removed.filter((id) => this.#streams.delete(id));
    const add = this.#take(message.changed);
    this.#listener.catalogueChanged();
    return { add, remove: removed };
  }

  /** What to ask for after it changed what is looked at. Streams that rest now begin anew when they are looked at again. */
  review(): Wanted {
    const wanted: Wanted = { add: [], remove: [] };
    for (const stream of this.#streams.values()) {
      const wants = this.#wants(stream.id);
      if (wants !== stream.resting) continue;
      if (wants) {
        stream.resting = false;
        wanted.add.push(this.place(stream));
      } else {
        stream.rest();
        wanted.remove.push(stream.id);
      }
    }
    return wanted;
  }

  /** Where each stream stands that is looked at. */
  watched(): WatchEntry[] {
    return this.all()
      .filter((stream) => !stream.resting)
      .map((stream) => this.place(stream));
  }

  tick(message: Tick, now: number): void {
    for (const delta of message.streams) {
      const stream = this.#streams.get(delta.id);
      if (stream === undefined) {
        this.strays++;
        continue;
      }
      // Was under way when the relay was asked to stop.
      if (stream.resting) continue;
      const received = stream.receive(delta, message.time, now);
      this.#tell(stream, received);
    }
  }

  /** A picture's stream, or undefined if nothing here will ever draw it (then it counts as shown). */
  picture(message: Picture, serverTime: number, now: number): Stream | undefined {
    const stream = this.#streams.get(message.id);
    if (stream === undefined || stream.resting || stream.spec.type !== "image") {
      this.strays++;
      return undefined;
    }
    const received = stream.receivePicture(message, serverTime, now);
    this.#tell(stream, received);
    return received.samples > 0 ? stream : undefined;
  }

  /** A stream's place, for the relay to go on from. */
  place(stream: Stream): WatchEntry {
    if (stream.epoch === "") return { id: stream.id };
    return { id: stream.id, epoch: stream.epoch, offset: stream.offset };
  }

  #take(specs: Spec[]): WatchEntry[] {
    const add: WatchEntry[] = [];
    for (const spec of specs) {
      if (this.#only !== undefined && spec.id !== this.#only) continue;
      const stream = this.#streams.get(spec.id);
      if (stream === undefined) {
        const created = new Stream(spec);
        created.resting = !this.#wants(spec.id);
        this.#streams.set(spec.id, created);
        if (!created.resting) add.push(this.place(created));
      } else if (stream.respec(spec)) {
        if (!stream.resting) add.push(this.place(stream));
        this.#listener.news(stream, 0);
      } else this.#listener.news(stream, 0);
    }
    return add;
  }

  #tell(stream: Stream, received: { samples: number; lost: number; restarted: boolean }): void {
    if (received.restarted) this.#listener.restarted(stream);
    if (received.lost > 0) this.#listener.lost(stream, received.lost);
    if (received.samples > 0 || received.restarted) this.#listener.news(stream, received.samples);
  }
}
