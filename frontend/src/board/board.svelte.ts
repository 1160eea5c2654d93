/**
 * The board: joins the connection, the streams and the panels, and holds the little state that the page itself shows.
 *
 * Svelte sees only what changes at a human pace (the catalogue, the link, a pause). Samples go from the socket into plain arrays and
 * from there to canvases without it.
 */

import { Connection, type Link, type SocketLike } from "../lib/connection";
import { titleOf } from "../lib/labels";
import { Scheduler } from "../lib/scheduler";
import { StreamStore } from "../lib/store";
import type { Stream } from "../lib/stream";
import { readTheme, type Theme } from "../lib/theme";
import type { Taken } from "../snapshot/taken";
import type { Hello, Spec } from "../wire";
import { AlertList } from "./alerts.svelte";
import { DayNight } from "./daynight.svelte";
import type { HolderContext, PanelHolder } from "./holder";
import { PublishKey } from "./publishkey.svelte";
import { BoardSettings } from "./settings.svelte";
import { Toasts } from "./toasts.svelte";

/** One panel's place on the board. */
export interface Card {
  id: string;
  stream: Stream;
  spec: Spec;
}

/** Legends, rates and ages change this often: fast enough to feel live, slow enough to read. */
const BEAT_MS = 250;
/** Beats between two looks at whether drawing keeps up. */
const PACE_BEATS = 12;
/** Frames in that time that may leave panels for the next one before the board calls itself slow. */
const PACE_DEFERRED = 40;

export class Board implements HolderContext {
  link = $state<Link>("connecting");
  cards = $state.raw<Card[]>([]);
  paused = $state(false);
  /** Samples that arrived since the pause. */
  waiting = $state(0);
  hello = $state.raw<Hello | undefined>(undefined);
  /** The browser can't draw all that arrives. */
  slow = $state(false);
  readonly dayNight: DayNight;
  readonly toasts = new Toasts();
  readonly key = new PublishKey();
  readonly alerts = new AlertList({
    nameOf: (id) => {
      const stream = this.store.get(id);
      return stream === undefined ? id : titleOf(stream.spec);
    },
    toast: (text) => this.toasts.show("alert", "warn", text),
  });
  /** Set in a snapshot: what it was made from. */
  readonly taken: Taken | undefined;
  readonly settings = new BoardSettings();
  readonly store: StreamStore;
  readonly scheduler: Scheduler;
  readonly #connection: Connection;
  readonly #holders = new Map<Stream, PanelHolder>();
  readonly #onScreen = new Set<PanelHolder>();
  /** Offsets at the moment of the pause. */
  readonly #pausedAt = new Map<Stream, number>();
  readonly #begun = performance.now();
  #waitingNow = 0;
  #theme: Theme | undefined;
  #beats = 0;
  #deferredBefore = 0;

  constructor(socket: SocketLike, options: { taken?: Taken } = {}) {
    this.taken = options.taken;
    this.dayNight = new DayNight(options.taken?.theme);
    this.scheduler = new Scheduler({
      request: (callback) => requestAnimationFrame(callback),
      cancel: (handle) => cancelAnimationFrame(handle),
      now: () => performance.now(),
    });
    this.store = new StreamStore({
      catalogueChanged: () => this.#refreshCards(),
      news: (stream, samples) => this.#news(stream, samples),
      lost: (stream, lost) => this.toasts.lost(titleOf(stream.spec), lost),
      restarted: (stream) => this.toasts.restarted(titleOf(stream.spec)),
    });
    this.#connection = new Connection(
      socket,
      this.store,
      {
        linkChanged: (link) => {
          this.link = link;
          // Nothing could come meanwhile: that is no stream's own silence.
          if (link === "live") for (const stream of this.store.all()) stream.cadence.excuse(performance.now());
        },
        alerts: (alerts) => this.alerts.take(alerts),
        hello: (hello) => {
          this.hello = hello;
        },
        notice: (notice) => {
          // The board tells restarts itself, by the stream's name.
          if (!this.toasts.has(notice.code)) this.toasts.show(notice.code, "info", notice.message);
        },
      },
      () => this.now(),
    );
    document.addEventListener("visibilitychange", () => this.#visibility());
    this.#visibility();
    setInterval(() => this.#beat(), BEAT_MS);
  }

  theme(): Theme {
    this.#theme ??= readTheme(document.documentElement, this.dayNight.name);
    return this.#theme;
  }

  /** The page's colours changed: canvases take the new ones. */
  themeChanged(): void {
    this.#theme = undefined;
    for (const holder of this.#holders.values()) holder.restyle();
  }

  live(): boolean {
    return this.link === "live" && this.taken === undefined;
  }

  /** The page's steady clock. In a snapshot it stands still, and with it the ages of all panels. */
  now(): number {
    return this.taken === undefined ? performance.now() : this.#begun;
  }

  // --- panels

  addHolder(holder: PanelHolder): void {
    this.#holders.set(holder.stream, holder);
    this.mark(holder);
  }

  removeHolder(holder: PanelHolder): void {
    if (this.#holders.get(holder.stream) === holder) this.#holders.delete(holder.stream);
    this.#onScreen.delete(holder);
    this.scheduler.remove(holder);
  }

  setOnScreen(holder: PanelHolder, onScreen: boolean): void {
    if (onScreen) this.#onScreen.add(holder);
    else this.#onScreen.delete(holder);
    this.scheduler.setOnScreen(holder, onScreen);
    if (onScreen) holder.beat(this.now());
  }

  mark(holder: PanelHolder): void {
    this.scheduler.mark(holder);
  }

  until(stream: Stream): number {
    if (!this.paused) return Number.POSITIVE_INFINITY;
    // A stream that came during the pause is shown once, as it was found.
    let at = this.#pausedAt.get(stream);
    if (at === undefined) {
      at = stream.offset;
      if (at > 0) this.#pausedAt.set(stream, at);
    }
    return at;
  }

  shown(stream: Stream, offset: number): void {
    if (stream.unshown === undefined) return;
    if (offset >= stream.unshown) stream.unshown = undefined;
    // Pictures come when they are asked for: a panel out of sight did not ask.
    stream.cadence.excuse(performance.now());
    this.#connection.shown(stream.id, offset);
  }

  // --- what people do

  togglePause(): void {
    this.paused = !this.paused;
    this.#waitingNow = this.waiting = 0;
    this.#pausedAt.clear();
    for (const stream of this.store.all()) {
      if (this.paused) {
        if (stream.epoch !== "") this.#pausedAt.set(stream, stream.offset);
        stream.hold();
      } else stream.release();
    }
    if (!this.paused) for (const holder of this.#holders.values()) this.mark(holder);
  }

  /** Empties all panels, for this viewer only. */
  clear(): void {
    for (const stream of this.store.all()) stream.clear();
    this.#waitingNow = this.waiting = 0;
    for (const stream of this.#pausedAt.keys()) this.#pausedAt.set(stream, stream.offset);
    for (const holder of this.#holders.values()) this.mark(holder);
  }

  // --- news

  #news(stream: Stream, samples: number): void {
    if (this.paused && this.#pausedAt.has(stream)) {
      this.#waitingNow += samples;
      // A stream that began anew has nothing left of what was shown.
      if (stream.offset < (this.#pausedAt.get(stream) ?? 0)) this.#pausedAt.delete(stream);
      else return;
    }
    const holder = this.#holders.get(stream);
    if (holder) this.mark(holder);
  }

  #refreshCards(): void {
    this.cards = this.store.all().map((stream) => ({ id: stream.id, stream, spec: stream.spec }));
    for (const stream of this.#pausedAt.keys()) {
      if (this.store.get(stream.id) !== stream) this.#pausedAt.delete(stream);
    }
  }

  #visibility(): void {
    const visible = document.visibilityState === "visible";
    this.#connection.setVisible(visible);
    this.scheduler.setAwake(visible);
    if (!visible) return;
    for (const stream of this.store.all()) if (stream.spec.type === "image") stream.cadence.excuse(performance.now());
    this.#beat();
  }

  #beat(): void {
    if (document.visibilityState !== "visible") return;
    const now = this.now();
    for (const holder of this.#onScreen) holder.beat(now);
    for (const holder of this.#holders.values()) holder.tell(this.#onScreen.has(holder) && !this.paused);
    if (this.paused && this.waiting !== this.#waitingNow) this.waiting = this.#waitingNow;
    if (++this.#beats % PACE_BEATS === 0) {
      this.slow = this.scheduler.deferred - this.#deferredBefore > PACE_DEFERRED;
      this.#deferredBefore = this.scheduler.deferred;
    }
  }
}
