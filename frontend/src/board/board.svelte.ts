/**
 * The board: joins the connection, the streams and the panels, and holds the little state that the page itself shows.
 *
 * Svelte sees only what changes at a human pace (the catalogue, the link, a pause). Samples go from the socket into plain arrays and
 * from there to canvases without it.
 */

import { readHistory } from "../lib/archive";
import { Connection, type Link, type SocketLike } from "../lib/connection";
import type { Excerpt } from "../lib/excerpt";
import { titleOf } from "../lib/labels";
import type { Follow, Moment, Stretch } from "../lib/moment";
import { openPart } from "../lib/parts";
import { Scheduler } from "../lib/scheduler";
import { isOnBoard } from "../lib/sections";
import { StreamStore } from "../lib/store";
import type { Stream } from "../lib/stream";
import { readTheme, type Theme } from "../lib/theme";
import { type Newest, type Note, Timeline } from "../lib/timeline";
import { samplesTaken, type Taken } from "../snapshot/taken";
import type { Hello, Spec, Tiles } from "../wire";
import { AlertList } from "./alerts.svelte";
import { named } from "./boards.svelte";
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
/** News that waits this long for its drawing makes a board slow: half as many frames as a tick of 50 ms asks for. */
const SLOW_MS = 100;

const RELOAD = { label: "Reload", run: () => location.reload() };

export class Board implements HolderContext {
  link = $state<Link>("connecting");
  cards = $state.raw<Card[]>([]);
  paused = $state(false);
  /** Samples that arrived since the pause, and those of them, or of what was shown then, that this browser could not keep. */
  waiting = $state(0);
  fellOut = $state(0);
  /** The moment of the past at which all panels stand; undefined while live. */
  moment = $state.raw<Moment | undefined>(undefined);
  /** How far back one can look, and what "now" is; kept while paused. */
  extent = $state.raw<Stretch>({ from: 0, to: 0 });
  hello = $state.raw<Hello | undefined>(undefined);
  /** How often a second a panel is drawn when the browser can't draw all that arrives; 0 while it can. */
  slow = $state(0);
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
  readonly settings: BoardSettings;
  readonly store: StreamStore;
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly #connection: Connection;
  readonly #holders = new Map<Stream, PanelHolder>();
  readonly #onScreen = new Set<PanelHolder>();
  readonly #begun = performance.now();
  #waitingNow = 0;
  #theme: Theme | undefined;
  #beats = 0;

  constructor(socket: SocketLike, options: { taken?: Taken; only?: string } = {}) {
    this.taken = options.taken;
    const alone = options.only !== undefined || options.taken !== undefined;
    this.settings = new BoardSettings(options.taken?.arrangement, !alone && named(location.pathname) !== undefined);
    this.dayNight = new DayNight(options.taken?.theme);
    this.scheduler = new Scheduler({
      request: (callback) => requestAnimationFrame(callback),
      cancel: (handle) => cancelAnimationFrame(handle),
      now: () => performance.now(),
    });
    this.store = new StreamStore(
      {
        catalogueChanged: () => this.#refreshCards(),
        news: (stream, samples) => this.#news(stream, samples),
        // What a snapshot shows was lost long ago: its panels show where.
        lost: (stream, lost) => this.taken === undefined && this.toasts.lost(titleOf(stream.spec), lost),
        restarted: (stream) => this.toasts.restarted(titleOf(stream.spec)),
      },
      options.only,
      // A page with one panel shows it whatever the board does, and a snapshot has all that it has.
      (id) => alone || (!this.settings.pending && isOnBoard(id, this.settings.all)),
    );
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
          // The server was updated while the page stood open: its files have other names by now.
          if (this.hello !== undefined && this.hello.version !== hello.version) this.#updated(hello.version);
          this.hello = hello;
        },
        notice: (notice) => {
          // The board tells restarts itself, by the stream's name.
          if (!this.toasts.has(notice.code)) this.toasts.show(notice.code, "info", notice.message);
        },
      },
      () => this.now(),
    );
    this.timeline = new Timeline(
      // A snapshot is a file: what it holds is all there is.
      this.taken === undefined ? readHistory : undefined,
      () => this.#connection.serverTime,
      () => this.now(),
      (id) => this.#arrived(id),
    );
    this.settings.listen((id) => {
      // Nobody looks at what is not on the board: it is not sent here.
      if (id === undefined) for (const stream of this.#connection.review()) this.timeline.forget(stream);
      this.#keepFollowed();
      this.#markAll();
    });
    document.addEventListener("visibilitychange", () => this.#visibility());
    this.#visibility();
    setInterval(() => this.#beat(), BEAT_MS);
  }

  /** A part of the page that is fetched when it opens. If that fails it stays closed, and it is told why. */
  part<T>(load: () => Promise<T>): Promise<T> {
    return openPart(load, (error) => this.toasts.show("part", "warn", error.message, RELOAD));
  }

  #updated(version: string): void {
    // A screen that shows the board all by itself has nobody who reloads it.
    if (new URLSearchParams(location.search).has("kiosk")) location.reload();
    this.toasts.show(
      "updated",
      "info",
      `Windsock was updated to ${version}. Reload the page to have its board`,
      RELOAD,
    );
  }

  theme(): Theme {
    this.#theme ??= readTheme(document.documentElement, this.dayNight.name);
    return this.#theme;
  }

  tiles(): Tiles | undefined {
    return this.hello?.tiles ?? undefined;
  }

  /** The page's colours changed: canvases take the new ones. */
  themeChanged(): void {
    this.#theme = undefined;
    for (const holder of this.#holders.values()) holder.restyle();
  }

  /** The relay's clock, ms UTC. */
  get serverTime(): number {
    return this.#connection.serverTime;
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

  painted(holder: PanelHolder): void {
    this.scheduler.painted(holder);
  }

  until(stream: Stream): number {
    return this.timeline.until(stream);
  }

  shown(stream: Stream, offset: number): void {
    if (stream.unshown === undefined) return;
    if (offset >= stream.unshown) stream.unshown = undefined;
    // Pictures come when they are asked for: a panel out of sight did not ask.
    stream.cadence.excuse(performance.now());
    this.#connection.shown(stream.id, offset);
  }

  // --- time

  excerpt(stream: Stream): Excerpt {
    return this.timeline.excerpt(stream, this.followed(stream.id));
  }

  note(stream: Stream): Note {
    return this.timeline.note(stream);
  }

  newestOf(stream: Stream): Newest | undefined {
    return this.timeline.newestOf(stream);
  }

  /** What a panel follows: as it was set for it, else for the board. */
  followed(id: string): Follow {
    const { window_seconds, window_points } = this.settings.panel(id);
    if (window_seconds) return { ms: window_seconds * 1_000 };
    if (window_points) return { samples: window_points };
    return this.settings.all.follow;
  }

  /** Streams keep as much as their panels follow; in a snapshot, all that there is. */
  #keepFollowed(): void {
    for (const stream of this.store.all()) {
      const follow = this.followed(stream.id);
      const here = this.taken === undefined ? 0 : samplesTaken(this.taken, stream.id);
      stream.follow(Math.max(here, "samples" in follow ? follow.samples : 0), "ms" in follow ? follow.ms : 0);
    }
  }

  togglePause(): void {
    if (this.paused) this.look(undefined);
    else this.#pause();
  }

  /** Shows the board at a moment, which pauses it; live without one. */
  look(moment: Moment | undefined): void {
    if (moment === undefined) {
      if (!this.paused) return;
      this.paused = false;
      this.timeline.live(this.store.all());
    } else {
      if (!this.paused) this.#pause();
      // There is nothing yet beyond now.
      this.timeline.look({ ...moment, at: Math.min(moment.at, this.#connection.serverTime) });
    }
    this.moment = this.timeline.moment;
    this.#markAll();
  }

  #pause(): void {
    this.paused = true;
    this.#waitingNow = this.waiting = this.fellOut = 0;
    this.timeline.pause(this.store.all());
    this.moment = this.timeline.moment;
    this.#beat();
  }

  #markAll(): void {
    for (const holder of this.#holders.values()) this.mark(holder);
  }

  // --- what people do

  /** Empties all panels, for this viewer only. */
  clear(): void {
    for (const stream of this.store.all()) stream.clear();
    this.#waitingNow = this.waiting = 0;
    this.timeline.cleared();
    this.#markAll();
  }

  // --- news

  #news(stream: Stream, samples: number): void {
    const holder = this.#holders.get(stream);
    if (stream.unshown !== undefined && (holder === undefined || !this.#onScreen.has(holder))) {
      this.#connection.shown(stream.id, stream.unshown, false);
    }
    if (this.paused) {
      if (this.timeline.knew(stream)) this.#waitingNow += samples;
      if (this.timeline.still(stream)) return;
    }
    if (holder) this.mark(holder);
  }

  /** History has answered about a stream. */
  #arrived(id: string): void {
    const stream = this.store.get(id);
    const holder = stream && this.#holders.get(stream);
    if (holder) this.mark(holder);
  }

  #refreshCards(): void {
    this.cards = this.store.all().map((stream) => ({ id: stream.id, stream, spec: stream.spec }));
    this.timeline.keepOnly(this.store.all());
    this.#keepFollowed();
  }

  #visibility(): void {
    const visible = document.visibilityState === "visible";
    this.#connection.setVisible(visible);
    this.scheduler.setAwake(visible);
    if (!visible) return;
    for (const stream of this.store.all()) if (stream.spec.type === "image") stream.cadence.excuse(performance.now());
    this.#beat();
  }

  #beatPaused(): void {
    if (this.waiting !== this.#waitingNow) this.waiting = this.#waitingNow;
    const streams = this.store.all();
    this.fellOut = this.timeline.fellOut(streams);
    this.extent = this.timeline.extent([...this.#onScreen].map((holder) => holder.stream));
  }

  #beat(): void {
    if (document.visibilityState !== "visible") return;
    const now = this.now();
    for (const holder of this.#onScreen) holder.beat(now);
    for (const holder of this.#holders.values()) holder.tell(this.#onScreen.has(holder) && !this.paused);
    if (this.paused) this.#beatPaused();
    if (++this.#beats % PACE_BEATS === 0) {
      const { hz, waitMs } = this.scheduler.pace();
      // Once said it stays until it is clearly better, so that it does not flicker.
      this.slow = waitMs > (this.slow > 0 ? SLOW_MS / 2 : SLOW_MS) ? Math.max(0.1, hz) : 0;
    }
  }
}
