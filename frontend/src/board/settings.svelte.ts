/**
 * What people set about the board and its panels, in one place: kept in the browser, and saved with the board.
 *
 * For whoever draws or shows something of a panel:
 *
 * - In a panel's file (`src/panels/`): `context.settings()` is `{window_seconds?, window_points?, log?, colormap?, hidden_series?, fit?}`; what is absent is as
 *   the publisher says. Read it in `restyle()`, which is called after each change. `context.set({log: true})` changes some of it; `null` takes a setting back.
 * - In Svelte: `board.settings.panel(id)` is the same object, and reactive; `board.settings.set(id, {fit: "actual"})` changes it.
 * - Elsewhere: `board.settings.listen((id) => ...)` hears of each change; `id` is undefined when all may have changed (another board was opened).
 *
 * Values are plain and small, since they travel with the board. A new one: `lib/arrangement.ts` says where.
 */
import { type Arranged, changed, PLAIN, readArrangement, same, writeArrangement } from "../lib/arrangement";
import type { Arrangement, PanelSettings } from "../wire";
import { recall, remember } from "./prefs";

/** A slider changes a setting many times a second; it is kept once it rests. Closing the page keeps it at once. */
const KEEP_MS = 250;
/** Where the browser's own board is kept. */
const OWN = "arrangement";
const NOTHING_SET: Readonly<PanelSettings> = Object.freeze({});

export class BoardSettings {
  #now = $state.raw<Arranged>(PLAIN);
  readonly #listeners = new Set<(id: string | undefined) => void>();
  #key = OWN;
  readonly #kept: boolean;
  /** What a saved board is like without the changes that were made here, and the version that they were made to. */
  #base = $state.raw<{ arranged: Arranged; version: number } | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A saved board is on its way: until it is there nobody knows what to show. */
  pending = $state(false);

  /** `given`: a snapshot's arrangement, which nobody keeps. */
  constructor(given?: Arrangement, pending = false) {
    this.pending = pending;
    this.#now = readArrangement(given ?? readKept(OWN));
    this.#kept = given === undefined;
    if (!this.#kept) return;
    window.addEventListener("pagehide", () => this.#keep());
  }

  /** A saved board, with what was changed to it in this browser and not saved yet; without a name the browser's own board. */
  open(saved?: { name: string; version: number; arrangement: unknown }): void {
    this.#keep();
    this.pending = false;
    if (saved === undefined) {
      this.#key = OWN;
      this.#base = undefined;
      this.#now = readArrangement(readKept(OWN));
    } else {
      this.#key = `board.${saved.name}`;
      const arranged = readArrangement(saved.arrangement);
      const draft = readKept(this.#key) as { version?: unknown; arrangement?: unknown } | null;
      // Changes that were made to an older version stay so: saving them tells that somebody else has saved another.
      const made = typeof draft?.version === "number" ? draft.version : undefined;
      this.#base = { arranged, version: made ?? saved.version };
      this.#now = made === undefined ? arranged : readArrangement(draft?.arrangement);
    }
    for (const listener of [...this.#listeners]) listener(undefined);
  }

  /** What was on its way does not come: the browser's own board is shown. */
  release(): void {
    if (this.pending) this.open();
  }

  /** The board was saved as this version, as it was when it was sent: the answer takes its time, and people go on meanwhile. */
  saved(name: string, version: number, sent: Arranged): void {
    // Saved under another name: the board that it was made from is left as it was.
    if (this.#base !== undefined) remember(this.#key, null);
    else this.#keep();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#key = `board.${name}`;
    this.#base = { arranged: sent, version };
    this.#write();
  }

  /** As `saved`, after another was opened: what is kept here of the board was made to this version. */
  savedAway(name: string, version: number, sent: Arranged): void {
    const key = `board.${name}`;
    if (key === this.#key) {
      // The other one has not come yet.
      this.saved(name, version, sent);
    } else {
      const draft = readKept(key);
      if (draft !== null && typeof draft === "object") remember(key, JSON.stringify({ ...draft, version }));
    }
  }

  /** The open board has another name; what was changed to it stays changed. */
  renamed(name: string): void {
    remember(this.#key, null);
    this.#key = `board.${name}`;
    this.#take(this.#now, undefined);
  }

  /** Gives up what was changed to a saved board. */
  revert(): void {
    if (this.#base) this.#take(this.#base.arranged, undefined);
  }

  /** The version that the changes were made to; 0 on the browser's own board. */
  get version(): number {
    return this.#base?.version ?? 0;
  }

  /** Whether a saved board was changed here. */
  get dirty(): boolean {
    return this.#base !== undefined && !same(this.#base.arranged, this.#now);
  }

  /** The whole arrangement. */
  get all(): Arranged {
    return this.#now;
  }

  panel(id: string): Readonly<PanelSettings> {
    return this.#now.panels.get(id) ?? NOTHING_SET;
  }

  set(id: string, change: PanelSettings): void {
    const panels = new Map(this.#now.panels);
    const after = changed(panels.get(id), change);
    if (after === undefined) panels.delete(id);
    else panels.set(id, after);
    this.#take({ ...this.#now, panels }, id);
  }

  /** The panel as its publisher wants it. */
  reset(id: string): void {
    const panels = new Map(this.#now.panels);
    if (panels.delete(id)) this.#take({ ...this.#now, panels }, id);
  }

  /** Changes the arrangement but for panels' settings: places, hidden streams, groups, theme. */
  arrange(change: Partial<Omit<Arranged, "panels">>): void {
    this.#take({ ...this.#now, ...change }, undefined);
  }

  listen(listener: (id: string | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(next: Arranged, id: string | undefined): void {
    this.#now = next;
    if (this.#kept) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#keep(), KEEP_MS);
    }
    for (const listener of [...this.#listeners]) listener(id);
  }

  #keep(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
  }

  #write(): void {
    const made = writeArrangement(this.#now);
    if (this.#base === undefined) remember(this.#key, Object.keys(made).length > 0 ? JSON.stringify(made) : null);
    else remember(this.#key, this.dirty ? JSON.stringify({ version: this.#base.version, arrangement: made }) : null);
  }
}

function readKept(key: string): unknown {
  try {
    return JSON.parse(recall(key) ?? "null");
  } catch {
    return null;
  }
}
