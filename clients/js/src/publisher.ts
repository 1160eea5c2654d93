/**
 * The way to one server: gathers what streams send, and posts it, a batch at a time.
 *
 * Every message has a number; a batch is sent word for word until the server has answered for it, so that each sample is stored once. While the server is
 * away, samples wait; past a bound the oldest are dropped, and counted.
 */

import { Backoff } from "./backoff.ts";
import { type Code, type OnError, Reports, WindsockError } from "./errors.ts";
import { atTheEnd, type Ending, environment, later, notAtTheEnd, serverAt, uniqueName } from "./host.ts";
import { type Batch, Outbox, type Source } from "./outbox.ts";

export interface PublisherOptions {
  /** Where ingest-http is; by default `WINDSOCK_SERVER`, or port 8030 of this page's host or of this machine. */
  server?: string;
  /** The publish key; by default `WINDSOCK_KEY`. */
  key?: string;
  /** Told what went wrong, instead of the console. */
  onError?: OnError;
  /** Most samples that wait while the server is away (10,000). */
  limit?: number;
  /** Most bytes of them (8 MiB). */
  limitBytes?: number;
  /** Milliseconds in which samples are gathered before they are sent (50). */
  gather?: number;
  /** Milliseconds that a script's end waits for what is unsent (2,000). */
  linger?: number;
}

export interface Counters {
  /** Samples given to `send`. */
  readonly sent: number;
  /** Samples that the server has stored. */
  readonly accepted: number;
  /** Samples that waited too long and were let go. */
  readonly dropped: number;
  /** Samples that the server, or this client, refused. */
  readonly refused: number;
  /** Batches that had to be sent again. */
  readonly retries: number;
  /** Samples that wait, those under way included. */
  readonly waiting: number;
}

const MOST_MESSAGES = 1000;
const MOST_BYTES = 512 * 1024;
const REQUEST_MS = 15_000;
/** What browsers take of a page that goes away. */
const LEAVING_BYTES = 60 * 1024;
const RETRIED: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

interface Refusal {
  code: Code;
  message: string;
  index?: number;
}

interface Answer {
  accepted?: number;
  rejected?: Refusal[];
  error?: Refusal;
}

export class Publisher implements Ending {
  readonly url: string;
  readonly reports: Reports;
  readonly #headers: Record<string, string>;
  readonly #outbox: Outbox;
  readonly #name: string;
  readonly #gather: number;
  readonly #linger: number;
  readonly #backoff = new Backoff();
  #batch: Batch | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #posting = false;
  #idle: (() => void)[] = [];
  #sent = 0;
  #accepted = 0;
  #refused = 0;
  #retries = 0;
  #givenUp = 0;
  #quietUntil = 0;

  constructor(options: PublisherOptions = {}) {
    this.reports = new Reports(options.onError);
    this.url = `${options.server === undefined ? this.#usualServer() : httpUrl(options.server)}/v1/messages`;
    const key = options.key ?? environment("WINDSOCK_KEY");
    this.#headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };
    this.#outbox = new Outbox(options.limit ?? 10_000, options.limitBytes ?? 8 * 1024 * 1024);
    this.#name = JSON.stringify(uniqueName());
    this.#gather = options.gather ?? 50;
    this.#linger = options.linger ?? 2000;
    atTheEnd(this);
  }

  /** What comes from outside of the program is no reason to end it: it is told, and the usual place is taken. */
  #usualServer(): string {
    try {
      return httpUrl(environment("WINDSOCK_SERVER") ?? serverAt(8030));
    } catch (error) {
      this.reports.tell(error as WindsockError);
      return serverAt(8030);
    }
  }

  get counters(): Counters {
    return {
      sent: this.#sent,
      accepted: this.#accepted,
      dropped: this.#outbox.dropped + this.#givenUp,
      refused: this.#refused,
      retries: this.#retries,
      waiting: this.#waiting,
    };
  }

  get #waiting(): number {
    return this.#outbox.waiting + (this.#batch?.streams.length ?? 0);
  }

  /** Take a sample that is JSON already. */
  put(source: Source, time: string, value: string): void {
    this.#sent += 1;
    if (!this.#outbox.put(source, time, value)) this.#dropped();
    if (this.#timer === undefined && !this.#posting) this.#wake(this.#gather);
  }

  /** An error costs ten times as much as a sample: so a flood of drops is told once a second. */
  #dropped(): void {
    const now = Date.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + 1000;
    this.reports.tell(new WindsockError("dropped", "samples wait for a server that is away: the oldest were dropped"));
  }

  /** A sample was not taken. */
  refuse(error: WindsockError): void {
    this.#sent += 1;
    this.#refused += 1;
    this.reports.tell(error);
  }

  /** Send what waits now. True if all of it was answered for within so many milliseconds. */
  async flush(deadline = 2000): Promise<boolean> {
    if (this.#waiting === 0) return true;
    const idle = new Promise<void>((done) => this.#idle.push(done));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, deadline);
    });
    if (!this.#posting) this.#wake(0);
    await Promise.race([idle, late]);
    clearTimeout(timer);
    return this.#waiting === 0;
  }

  /** Send what waits, and be done with it. */
  async close(deadline?: number): Promise<boolean> {
    const done = await this.flush(deadline);
    this.#giveUp();
    notAtTheEnd(this);
    return done;
  }

  #wake(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = later(milliseconds, () => {
      this.#timer = undefined;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    let wait = 0;
    try {
      for (;;) {
        this.#batch ??= this.#outbox.take(this.#name, MOST_MESSAGES, MOST_BYTES);
        if (this.#batch === undefined) break;
        wait = await this.#post(this.#batch);
        if (wait > 0) break;
        this.#batch = undefined;
      }
    } finally {
      this.#posting = false;
    }
    if (wait > 0) this.#wake(wait);
    else for (const done of this.#idle.splice(0)) done();
  }

  /** Post a batch. 0 if it is done with, else the milliseconds until it should be tried again. */
  async #post(batch: Batch): Promise<number> {
    let response: Response;
    let answer: Answer;
    try {
      response = await fetch(this.url, {
        method: "POST",
        headers: this.#headers,
        body: batch.body,
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      answer = (await response.json().catch(() => ({}))) as Answer;
    } catch (error) {
      return this.#again(`${this.url} does not answer (${(error as Error).message})`, 0);
    }
    if (RETRIED.has(response.status)) {
      const after = Number(response.headers.get("retry-after")) || 0;
      return this.#again(answer.error?.message ?? `${this.url} answers ${response.status}`, after * 1000);
    }
    this.#backoff.reset();
    this.#settle(batch, response, answer);
    return 0;
  }

  #again(why: string, after: number): number {
    this.#retries += 1;
    this.reports.tell(new WindsockError("unavailable", `${why}; samples wait`));
    return Math.max(after, this.#backoff.next());
  }

  #settle(batch: Batch, response: Response, answer: Answer): void {
    const rejected = answer.rejected ?? [];
    const refused = response.ok ? rejected.length : batch.streams.length - (answer.accepted ?? 0);
    this.#refused += refused;
    this.#accepted += batch.streams.length - refused;
    for (const { code, message, index } of rejected) {
      this.reports.tell(new WindsockError(code, message, batch.streams[index ?? -1]));
    }
    if (!response.ok && rejected.length === 0) {
      const { code, message } = answer.error ?? {
        code: "unavailable",
        message: `${this.url} answers ${response.status}`,
      };
      this.reports.tell(new WindsockError(code, message));
    }
  }

  /** The script has nothing more to do: a last try, not longer than `linger`. */
  end(): void {
    if (this.#waiting === 0) return;
    void this.flush(this.#linger).then((done) => {
      if (done) return;
      this.#giveUp();
      this.reports.tell(new WindsockError("dropped", `the program ended before ${this.url} took all samples`));
    });
  }

  #giveUp(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#givenUp += this.#batch?.streams.length ?? 0;
    this.#batch = undefined;
    this.#outbox.clear();
  }

  /**
   * The page goes away: what fits is handed to the browser, which sends it on its own. What was under way goes with it, before the rest, in the same body: the
   * server leaves out what it has, and would take late numbers for old ones.
   */
  leave(): void {
    const under = this.#batch?.body ?? "[]";
    const left = LEAVING_BYTES - under.length;
    if (left <= 0) return;
    const last = this.#outbox.take(this.#name, MOST_MESSAGES, left)?.body ?? "[]";
    const messages = [under.slice(1, -1), last.slice(1, -1)].filter((part) => part !== "");
    if (messages.length === 0) return;
    const body = `[${messages.join(",")}]`;
    // Nobody is left to hear of a failure.
    fetch(this.url, { method: "POST", headers: this.#headers, body, keepalive: true }).catch(() => {});
  }
}

function httpUrl(server: string): string {
  if (!/^https?:\/\/[^/\s]+/.test(server)) {
    throw new WindsockError("invalid", `server: should be http://HOST:PORT, got ${JSON.stringify(server)}`);
  }
  return server.replace(/\/+$/, "");
}
