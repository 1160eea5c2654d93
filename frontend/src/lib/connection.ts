/**
 * The line to the relay: keeps a Socket.IO connection, watches what the catalogue names, and takes up each stream again where it stopped.
 *
 * After a reconnection the relay knows nothing of this viewer. It sends `hello` and `catalogue` anew, and every stream is asked for
 * with the epoch and offset that the board has, so that a short absence leaves no hole.
 */
import type { Alerts, Catalogue, Hello, Notice, Picture, Specs, Status, Tick, WatchEntry, Watching } from "../wire";
import type { StreamStore, Wanted } from "./store";
import type { Stream } from "./stream";

/** What of a Socket.IO client is used; tests pass their own. */
export interface SocketLike {
  readonly connected: boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
}

export type Link = "connecting" | "live" | "reconnecting" | "broker-away";

export interface ConnectionListener {
  linkChanged(link: Link): void;
  hello(hello: Hello): void;
  notice(notice: Notice): void;
  alerts(alerts: Alerts): void;
}

/** Socket.IO reconnects by itself except when the server said goodbye: a relay that sheds a slow viewer or restarts. */
const SENT_AWAY = "io server disconnect";
const RETURN_MS = 1_000;
/** A refused `watch` is asked again after this, while the connection lasts. */
const WATCH_RETRY_MS = 3_000;
/** The relay takes a `watch` whole or not at all: of more streams than it lets one viewer watch, the first are to be taken. */
const WATCH_AT_ONCE = 500;
const NO_ROOM = "too_many_streams";
/** Others may have left some. */
const LEFT_RETRY_MS = 30_000;

export class Connection {
  readonly #socket: SocketLike;
  readonly #store: StreamStore;
  readonly #listener: ConnectionListener;
  readonly #now: () => number;
  #link: Link = "connecting";
  #everLive = false;
  #broker: Status["broker"] = "up";
  /** Whether this connection's catalogue is in: streams are watched once a connection, on the first one. */
  #watching = false;
  #visible = true;
  /** Streams for which the relay had no room: asked for again when another is let go of, and from time to time. */
  readonly #left = new Set<string>();
  #leftTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether this connection's person knows that there is no room. */
  #told = false;
  /** The relay's clock minus this page's steady clock, learned from ticks. */
  #clockOffset = Number.NaN;

  constructor(socket: SocketLike, store: StreamStore, listener: ConnectionListener, now: () => number) {
    this.#socket = socket;
    this.#store = store;
    this.#listener = listener;
    this.#now = now;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", (reason: string) => this.#disconnected(reason));
    socket.on("connect_error", () => this.#updateLink());
    socket.on("hello", (hello: Hello) => listener.hello(hello));
    socket.on("catalogue", (catalogue: Catalogue) => this.#catalogue(catalogue));
    socket.on("specs", (specs: Specs) => this.#watch(store.specs(specs)));
    socket.on("tick", (tick: Tick) => {
      const at = now();
      this.#clockOffset = tick.time - at;
      store.tick(tick, at);
    });
    socket.on("picture", (picture: Picture) => this.#picture(picture));
    socket.on("status", (status: Status) => {
      this.#broker = status.broker;
      this.#updateLink();
    });
    socket.on("alerts", (alerts: Alerts) => listener.alerts(alerts));
    socket.on("notice", (notice: Notice) => listener.notice(notice));
  }

  get link(): Link {
    return this.#link;
  }

  /** The relay's clock, ms UTC; this machine's until a tick has told it. */
  get serverTime(): number {
    return Number.isNaN(this.#clockOffset) ? Date.now() : this.#now() + this.#clockOffset;
  }

  /** A hidden page gets slow ticks and no pictures. */
  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (this.#socket.connected) this.#socket.emit("visible", visible);
  }

  /** Tells the relay that a picture is on the screen, so that the next may come; or (not `seen`) that its panel is out of sight, so that the next can wait. */
  shown(id: string, offset: number, seen = true): void {
    if (this.#socket.connected) this.#socket.emit("shown", seen ? { id, offset } : { id, offset, seen });
  }

  /** Watches what is looked at now, and nothing else. The streams that this left or came back to. */
  review(): Stream[] {
    const wanted = this.#store.review();
    this.#watch(wanted);
    const ids = [...wanted.add.map(({ id }) => id), ...wanted.remove];
    return ids.flatMap((id) => this.#store.get(id) ?? []);
  }

  #connected(): void {
    this.#everLive = true;
    this.#watching = false;
    this.#left.clear();
    this.#told = false;
    // Packets sent while away would reach a relay that does not know their streams; what it must know it is told here.
    if (!this.#visible) this.#socket.emit("visible", false);
    this.#updateLink();
  }

  #disconnected(reason: string): void {
    this.#watching = false;
    this.#updateLink();
    if (reason === SENT_AWAY) setTimeout(() => this.#socket.connect(), RETURN_MS);
  }

  #catalogue(catalogue: Catalogue): void {
    const wanted = this.#store.catalogue(catalogue);
    if (this.#watching) this.#watch(wanted);
    else {
      this.#watching = true;
      this.#watch({ add: this.#store.watched(), remove: [] });
    }
  }

  #watch(wanted: Wanted): void {
    if (!this.#watching || (wanted.add.length === 0 && wanted.remove.length === 0)) return;
    const { add, remove } = wanted;
    // First what makes room, and by itself: it must not be refused with the others.
    if (remove.length > 0) this.#socket.emit("watch", { add: [], remove });
    for (const id of remove) this.#left.delete(id);
    if (add.length > 0) this.#add(add);
    if (remove.length > 0) this.#tryLeft();
  }

  /** Asks for some at a time, the first ones first. */
  #add(entries: readonly WatchEntry[]): void {
    const later = entries.slice(WATCH_AT_ONCE);
    this.#ask(entries.slice(0, WATCH_AT_ONCE), (room) => {
      if (room && later.length > 0) this.#add(later);
      else if (!room) this.#leave(later);
    });
  }

  /** `then` is told whether there may be room for more. */
  #ask(add: readonly WatchEntry[], then: (room: boolean) => void): void {
    this.#socket.emit("watch", { add, remove: [] }, (answer: Watching | undefined) => {
      if (!answer?.error) return then(true);
      if (answer.error.code !== NO_ROOM) {
        this.#listener.notice(answer.error);
        const again = add.map(({ id }) => id);
        setTimeout(() => this.#rewatch(again), WATCH_RETRY_MS);
        return then(true);
      }
      if (!this.#told) this.#listener.notice(answer.error);
      this.#told = true;
      this.#askForFewer(add, then);
    });
  }

  /** There was no room for all of these: there may be for some, which halving finds in a few questions. */
  #askForFewer(refused: readonly WatchEntry[], then: (room: boolean) => void): void {
    const half = refused.length >> 1;
    const rest = refused.slice(half);
    const full = (): void => then(false);
    if (half === 0) {
      this.#leave(rest);
      full();
      return;
    }
    this.#ask(refused.slice(0, half), (room) => {
      if (room) return this.#ask(rest, full);
      this.#leave(rest);
      full();
    });
  }

  #leave(entries: readonly WatchEntry[]): void {
    for (const { id } of entries) this.#left.add(id);
    if (this.#left.size === 0 || this.#leftTimer !== undefined) return;
    this.#leftTimer = setTimeout(() => {
      this.#leftTimer = undefined;
      this.#tryLeft();
    }, LEFT_RETRY_MS);
  }

  #tryLeft(): void {
    const left = [...this.#left];
    this.#left.clear();
    this.#rewatch(left);
  }

  #rewatch(ids: string[]): void {
    const add: WatchEntry[] = [];
    for (const id of ids) {
      const stream = this.#store.get(id);
      if (stream && !stream.resting) add.push(this.#store.place(stream));
    }
    if (this.#watching && add.length > 0) this.#add(add);
  }

  #picture(picture: Picture): void {
    const at = this.#now();
    const serverTime = Number.isNaN(this.#clockOffset) ? picture.time : at + this.#clockOffset;
    // Nobody will draw it, so nobody would ask for the next one.
    if (this.#store.picture(picture, serverTime, at) === undefined) this.shown(picture.id, picture.offset);
  }

  #updateLink(): void {
    let link: Link;
    if (!this.#socket.connected) link = this.#everLive ? "reconnecting" : "connecting";
    else link = this.#broker === "up" ? "live" : "broker-away";
    if (link === this.#link) return;
    this.#link = link;
    this.#listener.linkChanged(link);
  }
}
