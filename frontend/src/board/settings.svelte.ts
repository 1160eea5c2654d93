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
import { type Arranged, changed, PLAIN, readArrangement, writeArrangement } from "../lib/arrangement";
import type { PanelSettings } from "../wire";
import { recall, remember } from "./prefs";

/** A slider changes a setting many times a second; it is kept once it rests. Closing the page keeps it at once. */
const KEEP_MS = 250;
const NOTHING_SET: Readonly<PanelSettings> = Object.freeze({});

export class BoardSettings {
  #now = $state.raw<Arranged>(PLAIN);
  readonly #listeners = new Set<(id: string | undefined) => void>();
  #key = "arrangement";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#now = readKept(this.#key);
    window.addEventListener("pagehide", () => this.#keep());
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
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), KEEP_MS);
    for (const listener of [...this.#listeners]) listener(id);
  }

  #keep(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const made = writeArrangement(this.#now);
    remember(this.#key, Object.keys(made).length > 0 ? JSON.stringify(made) : null);
  }
}

function readKept(key: string): Arranged {
  try {
    return readArrangement(JSON.parse(recall(key) ?? "null"));
  } catch {
    return PLAIN;
  }
}
