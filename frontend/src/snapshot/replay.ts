/** Stands in for the line to the relay in a snapshot: says once what a relay would say, from what was taken along. */
import type { SocketLike } from "../lib/connection";
import type { Watching } from "../wire";
import type { Taken, TakenStream } from "./taken";

type Listener = (...args: never[]) => void;

export class ReplaySocket implements SocketLike {
  readonly connected = true;
  readonly #taken: Taken;
  readonly #listeners = new Map<string, Listener[]>();

  constructor(taken: Taken) {
    this.#taken = taken;
  }

  on(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? [];
    listeners.push(listener);
    this.#listeners.set(event, listeners);
  }

  emit(event: string, ...args: unknown[]): void {
    if (event !== "watch") return;
    const [wanted, answer] = args as [{ add: { id: string }[] }, ((watching: Watching) => void) | undefined];
    answer?.({ watching: this.#taken.streams.length });
    const ids = new Set(wanted.add.map(({ id }) => id));
    for (const stream of this.#taken.streams) if (ids.has(stream.spec.id)) this.#show(stream);
  }

  /** Tells everything; called when all listeners are there. */
  connect(): void {
    const { version, streams } = this.#taken;
    this.#say("connect");
    this.#say("hello", { protocol: 1, version, tick_ms: 50 });
    this.#say("catalogue", { streams: streams.map(({ spec, epoch }) => ({ ...spec, epoch })) });
  }

  #show({ spec, epoch, lost, pieces }: TakenStream): void {
    const { id, type } = spec;
    const time = this.#taken.at;
    for (const [i, { offset, rows }] of pieces.entries()) {
      if (type === "image") {
        const [at, value] = rows[rows.length - 1] as [number, unknown];
        this.#say("tick", { time, streams: [] });
        this.#say("picture", { id, epoch, offset, time: at, value });
        continue;
      }
      // What lies between two pieces was lost then, and is now: the board finds it by their offsets.
      const first = i === 0;
      const delta = { id, epoch, offset, count: rows.length, lost: first ? lost : 0, reset: first, rows };
      this.#say("tick", { time, streams: [delta] });
    }
  }

  #say(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) (listener as (...args: unknown[]) => void)(...args);
  }
}
