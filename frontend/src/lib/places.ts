/**
 * Where panels stand in a grid of 12 columns: placed one after the other without holes, or moved and resized by hand. Pure; nothing overlaps, ever.
 *
 * By hand, panels always fall upwards until they touch something: so a board has no holes that nobody wanted, and where a panel lands can be foretold.
 */
import type { PanelPlace } from "../wire";
import { COLUMNS } from "./arrangement";
import type { Size } from "./layout";

export type Places = ReadonlyMap<string, PanelPlace>;

/** Puts panels in the first place where each fits, row by row, and lets them grow into what is left: the last ones of a row share it. */
export function flow(sizes: Iterable<readonly [string, Size]>): Places {
  const taken = new Taken();
  const places = new Map<string, PanelPlace>();
  for (const [id, size] of sizes) {
    const place = taken.find(size);
    taken.put(place);
    places.set(id, place);
  }
  return lengthened(widened(places, taken), taken);
}

/** Places made by hand, for the panels that there are: what is gone leaves no hole, and newcomers stand where they fit. */
export function withNewcomers(places: Places, sizes: Iterable<readonly [string, Size]>): Places {
  const all = [...sizes];
  const known = new Map<string, PanelPlace>();
  for (const [id] of all) {
    const place = places.get(id);
    if (place !== undefined) known.set(id, place);
  }
  const settled = new Map(fallen(inOrder(known)));
  const taken = new Taken();
  for (const place of settled.values()) taken.put(place);
  for (const [id, size] of all) {
    if (settled.has(id)) continue;
    const place = taken.find(size);
    taken.put(place);
    settled.set(id, place);
  }
  return settled;
}

/** One panel at another place or of another size. Those in its way give way; a panel whose middle it has passed changes places with it. */
export function moved(places: Places, id: string, wanted: PanelPlace): Places {
  const w = clamp(wanted.w, 1, COLUMNS);
  const held = { x: clamp(wanted.x, 0, COLUMNS - w), y: Math.max(0, wanted.y), w, h: Math.max(1, wanted.h) };
  const others = inOrder(places).filter(([other]) => other !== id);
  const above = others.filter(([, place]) => place.y + place.h / 2 <= held.y);
  const below = others.filter(([, place]) => place.y + place.h / 2 > held.y);
  return fallen([...above, [id, held], ...below]);
}

/** Rows that panels take. */
export function rowsOf(places: Iterable<PanelPlace>): number {
  let rows = 0;
  for (const { y, h } of places) rows = Math.max(rows, y + h);
  return rows;
}

/** From top to bottom and left to right, as they are read. */
export function inOrder(places: Places): [string, PanelPlace][] {
  return [...places].sort(([, a], [, b]) => a.y - b.y || a.x - b.x);
}

/** Each as high up as what came before lets it. */
function fallen(ordered: readonly (readonly [string, PanelPlace])[]): Places {
  const tops = new Array<number>(COLUMNS).fill(0);
  const made = new Map<string, PanelPlace>();
  for (const [id, { x, w, h }] of ordered) {
    const across = tops.slice(x, x + w);
    const y = Math.max(0, ...across);
    tops.fill(y + h, x, x + w);
    made.set(id, { x, y, w: across.length, h });
  }
  return made;
}

/** Panels side by side, of one height, that have free cells at their right grow into them, each by its share. */
function widened(places: Map<string, PanelPlace>, taken: Taken): Map<string, PanelPlace> {
  const shelves = new Map<string, [string, PanelPlace][]>();
  for (const [id, place] of inOrder(places)) {
    const before = shelves.get(`${place.y} ${place.h}`)?.at(-1);
    // A shelf ends where something else stands in between.
    const key = before && before[1].x + before[1].w === place.x ? `${place.y} ${place.h}` : undefined;
    if (key === undefined) shelves.set(`${place.y} ${place.h}`, [[id, place]]);
    else shelves.get(key)?.push([id, place]);
    const shelf = shelves.get(`${place.y} ${place.h}`) ?? [];
    const end = place.x + place.w;
    const free = taken.freeAfter(end, place.y, place.h);
    if (free === 0) continue;
    const start = shelf[0]?.[1].x ?? 0;
    const total = end - start;
    let given = 0;
    let x = start;
    for (const [i, [member, old]] of shelf.entries()) {
      const share = i === shelf.length - 1 ? free - given : Math.round((free * old.w) / total);
      given += share;
      const next = { ...old, x, w: old.w + share };
      x += next.w;
      places.set(member, next);
    }
    taken.put({ x: end, y: place.y, w: free, h: place.h });
  }
  return places;
}

/** Panels that have nothing below them grow down to the next one, or to the end. */
function lengthened(places: Map<string, PanelPlace>, taken: Taken): Places {
  const rows = rowsOf(places.values());
  for (const [id, place] of places) {
    const more = taken.freeBelow(place, rows);
    if (more === 0) continue;
    places.set(id, { ...place, h: place.h + more });
    taken.put({ ...place, y: place.y + place.h, h: more });
  }
  return places;
}

/** Which cells are taken: one bit a column, one number a row. */
class Taken {
  readonly #rows: number[] = [];
  /** Rows above this one are full. */
  #from = 0;

  put({ x, y, w, h }: PanelPlace): void {
    for (let row = y; row < y + h; row++) this.#rows[row] = (this.#rows[row] ?? 0) | mask(x, w);
    while (this.#rows[this.#from] === FULL) this.#from++;
  }

  /** The first place, row by row, where so much is free. */
  find({ w, h }: Size): PanelPlace {
    for (let y = this.#from; ; y++) {
      for (let x = 0; x + w <= COLUMNS; x++) {
        if (this.#free(x, y, w, h)) return { x, y, w, h };
      }
    }
  }

  /** How many columns from `x` on are free in all of these rows. */
  freeAfter(x: number, y: number, h: number): number {
    let w = 0;
    while (x + w < COLUMNS && this.#free(x + w, y, 1, h)) w++;
    return w;
  }

  /** How many rows below a place are free in all of its columns, up to the last row. */
  freeBelow({ x, y, w, h }: PanelPlace, rows: number): number {
    let row = y + h;
    while (row < rows && this.#free(x, row, w, 1)) row++;
    return row - y - h;
  }

  #free(x: number, y: number, w: number, h: number): boolean {
    const wanted = mask(x, w);
    for (let row = y; row < y + h; row++) if (((this.#rows[row] ?? 0) & wanted) !== 0) return false;
    return true;
  }
}

const FULL = (1 << COLUMNS) - 1;

function mask(x: number, w: number): number {
  return ((1 << w) - 1) << x;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
