/**
 * One stream as this browser knows it: its spec, its place (epoch and offset), its newest samples, and an account of what came and what was lost.
 *
 * A plain class on purpose: samples arrive thousands a second, and nothing that Svelte would have to look at changes with them.
 */
import type { Delta, Picture, Row, Spec } from "../wire";
import { Cadence } from "./cadence";
import { Ledger } from "./ledger";
import { type MergePlan, planMerge } from "./merge";
import { SampleRing } from "./ring";
import { MOST_SHOWN, neededSamples, type Shape, shapeOf, shownSamples } from "./types";
import { ValueLog } from "./valuelog";

/** Kept beyond what the panel shows, so that a pause has something to hold on to while samples come in. */
const SPARE_SAMPLES = 1_024;
const SPARE_FACTOR = 2;
/** A snapshot too large for one packet comes in several, one after the other. A publisher whose clock is behind is counted in full after this. */
const SNAPSHOT_MS = 5_000;
/** A pause may keep this many times what is kept of texts, points and other values. */
const HELD_VALUES = 4;

export interface Received {
  samples: number;
  lost: number;
  restarted: boolean;
}

const NOTHING: Received = { samples: 0, lost: 0, restarted: false };

export class Stream {
  readonly id: string;
  spec: Spec;
  epoch = "";
  /** Offset of the newest sample. */
  offset = 0;
  /** Offset of the first sample since the newest reset. */
  first = 0;
  /** Samples received since the page was loaded. */
  samples = 0;
  lost = 0;
  /** Rises with every change that a panel could show. */
  news = 0;
  /** Time of the newest sample, ms UTC by its publisher; NaN before the first. */
  lastTime = Number.NaN;
  /** Offset up to which this viewer has cleared the panel. */
  cleared = 0;
  /** How far the publisher's clock was ahead of the relay's when the newest sample came. */
  aheadBy = 0;
  /** The newest picture's "was drawn", for the relay. Image streams only. */
  unshown: number | undefined;
  /** Nobody looks at it here, so that the relay does not send it. */
  resting = false;
  readonly cadence = new Cadence();
  readonly ledger = new Ledger();
  readonly ring: SampleRing;
  readonly values: ValueLog;
  #shape: Shape;
  /** Where it stood when it was last left to rest. */
  #left: { epoch: string; offset: number; cleared: number } | undefined;
  /** Samples that a panel follows beyond what the spec asks for. */
  #count = 0;
  /** How old the newest sample was when it arrived, and when that was. */
  #ageAtArrival = 0;
  #arrivedAt = Number.NaN;
  /** When the newest snapshot's first part was sent (the relay's clock), and came (the page's). */
  #begun = { serverTime: Number.NaN, now: Number.NEGATIVE_INFINITY };

  constructor(spec: Spec) {
    this.id = spec.id;
    this.spec = spec;
    this.#shape = shapeOf(spec.type);
    this.ring = new SampleRing(ringCapacity(spec));
    this.values = new ValueLog(valueBudget(spec), (value) => weigh(this.spec.type, value));
  }

  get shape(): Shape {
    return this.#shape;
  }

  /** Takes a changed spec. True when the samples' form changed with it, so that the stream has to be watched anew. */
  respec(spec: Spec): boolean {
    const before = this.spec;
    this.spec = spec;
    this.news++;
    this.ring.resize(Math.max(ringCapacity(spec, this.#count), this.ring.growing ? this.ring.capacity : 0));
    this.values.resize(valueBudget(spec));
    const shape = shapeOf(spec.type);
    if (shape === this.#shape && (shape === "series" || spec.type === before.type)) return false;
    this.#shape = shape;
    this.#forget();
    this.epoch = "";
    this.offset = this.first = 0;
    return true;
  }

  /** Merges a delta. `serverTime` is the relay's clock at sending, `now` this page's steady clock. */
  receive(delta: Delta, serverTime: number, now: number): Received {
    const plan = planMerge(this, delta);
    this.#account(delta, plan);
    if (plan.action === "ignore") return NOTHING;
    if (plan.action === "reset") {
      this.#forget();
      this.first = delta.offset - delta.rows.length + 1;
      if (this.#left?.epoch === delta.epoch) this.cleared = this.#left.cleared;
      this.#left = undefined;
    }
    const firstOffset = delta.offset - delta.rows.length + 1;
    for (let i = plan.skip; i < delta.rows.length; i++) {
      const row = delta.rows[i];
      if (row === undefined || firstOffset + i <= this.cleared) continue;
      if (this.#shape === "series") this.ring.append(firstOffset + i, row);
      else this.values.append(firstOffset + i, row[0], row[1]);
    }
    const fresh = delta.rows.length - plan.skip;
    this.epoch = delta.epoch;
    this.offset = delta.offset;
    this.samples += fresh;
    this.lost += plan.lost;
    this.news++;
    const newest = delta.rows[delta.rows.length - 1];
    if (newest !== undefined) {
      const first = plan.action === "reset";
      if (first) this.#begun = { serverTime, now };
      const live = first ? fresh : this.#live(delta.rows, plan.skip, now);
      // A snapshot tells the pace by its samples' times, each of its parts by its own.
      if (first || live === 0) this.cadence.seed(delta.rows.length, newest[0] - (delta.rows[0]?.[0] ?? newest[0]));
      this.#arrived(fresh, newest[0], serverTime, now, live);
    }
    return { samples: fresh, lost: plan.lost, restarted: plan.restarted };
  }

  /** Takes a picture. The relay skips pictures for slow viewers on purpose, so steps in the offset are no loss. */
  receivePicture(picture: Picture, serverTime: number, now: number): Received {
    const known = this.epoch !== "";
    const restarted = known && this.epoch !== picture.epoch;
    let again = false;
    if (!known || restarted) {
      const reached = known ? 0 : this.#comeBack(picture.epoch, picture.offset);
      again = picture.offset <= reached;
      this.#left = undefined;
      this.#forget();
      this.first = picture.offset;
    } else if (picture.offset <= this.offset) {
      this.ledger.doubles++;
      return NOTHING;
    } else this.ledger.coalesced += picture.offset - this.offset - 1;
    if (again) this.ledger.doubles++;
    else this.ledger.received++;
    if (restarted) this.ledger.restarts++;
    this.epoch = picture.epoch;
    this.offset = picture.offset;
    this.samples++;
    this.news++;
    this.unshown = picture.offset;
    this.values.append(picture.offset, picture.time, picture.value);
    this.#arrived(1, picture.time, serverTime, now);
    return { samples: 1, lost: 0, restarted };
  }

  /** Age of the newest sample in ms at `now`, free of this machine's clock; NaN before the first. */
  age(now: number): number {
    return this.#ageAtArrival + (now - this.#arrivedAt);
  }

  /** Nobody looks at it any more: its samples go, and what comes when it is looked at again is a snapshot, not a loss. */
  rest(): void {
    this.resting = true;
    if (this.epoch !== "") this.#left = { epoch: this.epoch, offset: this.offset, cleared: this.cleared };
    this.#forget();
    this.epoch = "";
    this.offset = this.first = 0;
    this.ledger.seen = this.ledger.received;
    this.unshown = undefined;
    this.news++;
  }

  /** Empties the panel for this viewer; the stream goes on from here. */
  clear(): void {
    this.cleared = this.offset;
    this.ring.clear();
    this.values.clear();
    this.lost = 0;
    this.news++;
  }

  /** Keeps what the panel shows now and all that comes, in at most `bytes`: then the oldest go. */
  hold(bytes: number): void {
    this.ring.hold(this.#kept(), bytes);
    this.values.hold(HELD_VALUES);
  }

  release(): void {
    this.ring.release(ringCapacity(this.spec, this.#count));
    this.values.release();
  }

  /** Before the delta is taken: what of it is new, and what is missing. */
  #account(delta: Delta, plan: MergePlan): void {
    const { ledger } = this;
    const first = delta.offset - delta.rows.length + 1;
    const reached = plan.restarted ? 0 : this.epoch === "" ? this.#comeBack(delta.epoch, first) : this.offset;
    const doubles = Math.min(delta.rows.length, Math.max(0, Math.min(delta.offset, reached) - first + 1));
    ledger.doubles += doubles;
    ledger.received += delta.rows.length - doubles;
    if (plan.action === "reset") ledger.fromHistory += delta.rows.length - doubles;
    if (plan.restarted) ledger.restarts++;
    ledger.lose(plan.lost, delta.rows[plan.skip]?.[0] ?? Number.NaN);
  }

  /** After a rest, or for the first time: the offset up to which samples were counted before it. What went by since then, before `first`, was not asked for. */
  #comeBack(epoch: string, first: number): number {
    if (this.#left === undefined) return 0;
    if (this.#left.epoch !== epoch) {
      this.ledger.restarts++;
      return 0;
    }
    this.ledger.unwatched += Math.max(0, first - this.#left.offset - 1);
    return this.#left.offset;
  }

  /** Samples that came during a pause, or were shown at its begin, and could not be kept. */
  get fellOut(): number {
    return this.shape === "series" ? this.ring.fellOut : this.values.fellOut;
  }

  /** Keeps at least `count` samples, and the last `reach` ms. */
  follow(count: number, reach: number): void {
    this.#count = count;
    this.ring.follow(reach, reach > 0 ? MOST_SHOWN : 0);
    const wanted = ringCapacity(this.spec, count);
    // During a pause nothing shrinks: what waits would go uncounted, and what is shown with it.
    if (wanted > this.ring.capacity || !this.ring.growing) this.ring.resize(wanted);
  }

  /** Takes samples from history that lie right before the oldest kept one; anything else is not taken. */
  prepend(epoch: string, firstOffset: number, rows: readonly Row[]): void {
    const oldest = this.ring.oldest?.offset;
    if (epoch !== this.epoch || this.shape !== "series" || oldest === undefined) return;
    if (firstOffset + rows.length !== oldest || rows.length === 0) return;
    this.ring.prepend(firstOffset, rows);
    this.first = Math.min(this.first, firstOffset);
    this.news++;
  }

  /** Offset and time of the oldest sample that is kept. */
  get oldest(): { offset: number; time: number } | undefined {
    return this.shape === "series" ? this.ring.oldest : this.values.oldest;
  }

  /** Offset of the newest kept sample at or before `time`; 0 if there is none. */
  offsetAt(time: number): number {
    return this.shape === "series" ? this.ring.offsetAt(time) : this.values.offsetAt(time);
  }

  /** Whether `wanted` samples (or as much as they would hold) up to an offset are kept. */
  holds(until: number, wanted: number): boolean {
    if (this.shape === "series") return this.ring.view(wanted, until).length >= wanted;
    return this.values.weightUpTo(until, wanted) >= wanted;
  }

  #kept(): number {
    return Math.max(this.#count, shownSamples(this.spec));
  }

  /** How many rows from `skip` on tell of the stream's pace: what was there before the snapshot's first part comes as fast as the line allows. */
  #live(rows: readonly Row[], skip: number, now: number): number {
    if (now - this.#begun.now > SNAPSHOT_MS) return rows.length - skip;
    let live = 0;
    for (let i = skip; i < rows.length; i++) if ((rows[i] as Row)[0] > this.#begun.serverTime) live++;
    return live;
  }

  #arrived(samples: number, time: number, serverTime: number, now: number, live = samples): void {
    this.lastTime = time;
    this.#ageAtArrival = Math.max(0, serverTime - time);
    this.aheadBy = Math.max(0, time - serverTime);
    this.#arrivedAt = now;
    if (samples > 0 && live > 0) this.cadence.arrived(live, now);
  }

  #forget(): void {
    this.ring.clear();
    this.values.clear();
    this.cadence.forget();
    this.cleared = 0;
    this.lastTime = this.#arrivedAt = Number.NaN;
  }
}

function ringCapacity(spec: Spec, count = 0): number {
  if (shapeOf(spec.type) !== "series") return 1;
  return Math.max(shownSamples(spec), Math.min(count, MOST_SHOWN)) * SPARE_FACTOR + SPARE_SAMPLES;
}

function valueBudget(spec: Spec): number {
  if (shapeOf(spec.type) === "series") return 1;
  const needed = neededSamples(spec);
  return needed === 1 ? 1 : needed * SPARE_FACTOR;
}

/** How many things one value holds, by which a log is bounded. */
function weigh(type: string, value: unknown): number {
  if (!Array.isArray(value)) return type === "map" ? markersWeight(value) : 1;
  switch (type) {
    case "custom":
    case "table":
      return 1;
    case "heatmap":
    case "bubble_matrix":
      // A flat list is one cell, a list of lists a whole grid.
      return Array.isArray(value[0]) ? value.length * value[0].length : 1;
    default:
      return value.length;
  }
}

/** A few markers are kept for their trails; of thousands only the newest places are. */
function markersWeight(value: unknown): number {
  const markers = (value as { data?: unknown } | null)?.data;
  return Array.isArray(markers) ? Math.ceil(markers.length / 50) : 1;
}
