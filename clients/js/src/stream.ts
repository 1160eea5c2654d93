/** A stream in two lines: `const cpu = new Stream("cpu")`, `cpu.send(41)`. */

import type { MessageType, SeriesMessage } from "./contract.gen.ts";
import { WindsockError } from "./errors.ts";
import type { Source } from "./outbox.ts";
import { type Counters, Publisher, type PublisherOptions } from "./publisher.ts";
import { invalid, sampleText, type Time, timeText, valuesText } from "./values.ts";

/** How a stream's panel looks: the contract's fields. */
export type Look = {
  type?: MessageType;
} & Partial<
  Pick<
    SeriesMessage,
    | "name"
    | "label"
    | "legend"
    | "unit"
    | "group"
    | "borderColor"
    | "backgroundColor"
    | "fill"
    | "active_points"
    | "width"
    | "height"
    | "min"
    | "max"
    | "thresholds"
    | "decimals"
    | "log"
    | "config"
  >
>;

export type StreamOptions = Look & {
  /** The way to the server; by default one that all streams share. */
  publisher?: Publisher;
};

let shared: Publisher | undefined;

/** Say once where the server is, before the first stream. */
export function configure(options: PublisherOptions): Publisher {
  shared = new Publisher(options);
  return shared;
}

/** Send what waits now, of all streams that share the way to the server. */
export async function flush(deadline?: number): Promise<boolean> {
  return shared === undefined || shared.flush(deadline);
}

const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/**
 * See above. `send` never throws and never waits: what can't be sent is told to `onError`, or on the console, and counted. Only a wrong id or option, which is
 * a mistake in the program's text, throws, here in the constructor.
 */
export class Stream {
  readonly id: string;
  readonly publisher: Publisher;
  readonly #source: Source;
  readonly #type: MessageType | undefined;

  constructor(id: string | number, options: StreamOptions = {}) {
    this.id = String(id);
    if (this.id.length < 1 || this.id.length > 128 || CONTROL.test(this.id)) {
      throw invalid(this.id, "id", this.id, "should have 1 to 128 characters, and no control characters");
    }
    const { publisher, ...look } = options;
    if (publisher === undefined) shared ??= new Publisher();
    this.publisher = publisher ?? (shared as Publisher);
    this.#type = look.type;
    this.#source = {
      id: this.id,
      head: `{"id":${JSON.stringify(this.id)}`,
      look: lookText(this.id, look),
    };
  }

  /** Send one sample: `send(41)`, `send(41, 18)`, `send([41, 18])`, `send({user: 41, system: 18})`, or a value of the stream's type. */
  send(...values: [unknown, ...unknown[]]): void {
    this.sendAt(Date.now(), ...values);
  }

  /** Send a sample of another time than now. */
  sendAt(time: Time, ...values: [unknown, ...unknown[]]): void {
    const publisher = this.publisher;
    try {
      const value = values.length === 1 ? sampleText(this.id, this.#type, values[0]) : valuesText(this.id, values);
      publisher.put(this.#source, typeof time === "number" ? String(time) : timeText(this.id, time), value);
    } catch (error) {
      publisher.refuse(error instanceof WindsockError ? error : new WindsockError("invalid", String(error), this.id));
    }
  }

  /** What became of the samples of this stream's way to the server. */
  get counters(): Counters {
    return this.publisher.counters;
  }

  /** Send what waits now. True if all of it was answered for in time. */
  async flush(deadline?: number): Promise<boolean> {
    return this.publisher.flush(deadline);
  }
}

function lookText(id: string, look: Look): string {
  try {
    const text = JSON.stringify(look);
    return text === "{}" ? "" : `,${text.slice(1, -1)}`;
  } catch (error) {
    throw invalid(id, "options", look, `can't be written as JSON (${(error as Error).message.split("\n")[0]})`);
  }
}
