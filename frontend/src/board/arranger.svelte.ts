/**
 * Arranging by hand: one panel at a time is held, by pointer or by keys, and the others give way while it moves. Nothing is kept before it is let go.
 *
 * The arranger knows places only. Where the pointer is, and how large a cell, is told to it by the grid (`Grid.svelte`).
 */
import { FEWEST_ROWS } from "../lib/layout";
import { moved, type Places } from "../lib/places";
import type { PanelPlace } from "../wire";
import type { BoardSettings } from "./settings.svelte";

/** Smaller panels show nothing but their name. */
const LEAST = { w: 2, h: FEWEST_ROWS };

export type Grip = "move" | "size" | "keys";

export interface Held {
  id: string;
  section: string;
  grip: Grip;
  /** As it stood when the panel was taken. */
  before: Places;
  /** Where the panel is wanted. */
  wanted: PanelPlace;
  /** Where all panels of its section stand because of it. */
  places: Places;
}

export class Arranger {
  held = $state.raw<Held | undefined>(undefined);
  /** What a screen reader is told. */
  said = $state("");
  readonly #settings: BoardSettings;

  constructor(settings: BoardSettings) {
    this.#settings = settings;
  }

  take(section: string, id: string, grip: Grip, places: Places): void {
    const wanted = places.get(id);
    if (wanted === undefined) return;
    this.held = { id, section, grip, before: places, wanted, places };
    if (grip === "keys")
      this.#say("Arrows move it, Shift with arrows resizes it, Enter keeps it, Escape puts it back. ");
  }

  /** The held panel is wanted there. */
  want(wanted: PanelPlace): void {
    const { held } = this;
    if (held === undefined) return;
    wanted = { ...wanted, w: Math.max(LEAST.w, wanted.w), h: Math.max(LEAST.h, wanted.h) };
    const same = (Object.keys(wanted) as (keyof PanelPlace)[]).every((key) => wanted[key] === held.wanted[key]);
    if (same) return;
    // Keys go on from where the panel landed; a pointer stays where it is, over a panel that may have fallen up.
    const places = moved(held.grip === "keys" ? held.places : held.before, held.id, wanted);
    const next = held.grip === "keys" ? (places.get(held.id) ?? wanted) : wanted;
    this.held = { ...held, wanted: next, places };
    if (held.grip === "keys") this.#say("");
  }

  /** A step by keyboard: a cell in some direction, or as much larger. */
  step(dx: number, dy: number, size: boolean): void {
    const { held } = this;
    const now = held?.places.get(held.id);
    if (held === undefined || now === undefined) return;
    if (size) this.want({ ...now, w: now.w + dx, h: now.h + dy });
    else this.want({ ...now, x: now.x + dx, y: dy === 0 ? now.y : this.#beyond(now, dy) });
  }

  /** Keeps what was arranged: from now on all panels of that section stand where they do. */
  keep(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    if (held.places === held.before) return;
    this.#settings.arrange({ places: new Map([...this.#settings.all.places, ...held.places]) });
    this.said = "Kept.";
  }

  /** Puts everything back to where it stood. */
  drop(): void {
    if (this.held?.grip === "keys") this.said = "Put back.";
    this.held = undefined;
  }

  /** Lets the board arrange itself again. */
  forget(): void {
    this.#settings.arrange({ places: new Map() });
  }

  /** Rows fall up, so a step of one row would often end where it began: a step goes past the next panel. */
  #beyond(now: PanelPlace, dy: number): number {
    const { held } = this;
    if (held === undefined) return now.y;
    const across = [...held.places].filter(([id, { x, w }]) => id !== held.id && x < now.x + now.w && now.x < x + w);
    const others = across.map(([, place]) => place).filter(({ y }) => (dy > 0 ? y > now.y : y < now.y));
    if (others.length === 0) return now.y;
    if (dy < 0) return Math.max(...others.map(({ y }) => y));
    const next = Math.min(...others.map(({ y }) => y));
    return Math.max(...others.filter(({ y }) => y === next).map(({ y, h }) => y + Math.ceil(h / 2)));
  }

  #say(before: string): void {
    const place = this.held?.places.get(this.held.id);
    if (place) {
      this.said = `${before}Column ${place.x + 1} of 12, row ${place.y + 1}, ${place.w} wide, ${place.h} high.`;
    }
  }
}
