/**
 * Markers of a `map` stream and the ways they went: a marker with the same name in a later sample is the same marker. Those without a name are
 * told apart by their place in the list.
 */
import { isRecord } from "../lib/sanitise";

export interface Place {
  lat: number;
  lng: number;
}

export interface Marker extends Place {
  /** "" if it has none. */
  name: string;
  colour: unknown;
  key: string;
  /** Where it was, oldest first, with its place now at the end. */
  trail: Place[];
}

export interface View {
  center: Place;
  zoom: number | undefined;
}

/** Markers drawn, whatever is sent. */
export const MOST_MARKERS = 10_000;
/** Above this many markers trails would be a tangle, and a cost. */
const MOST_TRAILS = 200;

export class Trails {
  #markers = new Map<string, Marker>();
  /** The newest sample's wish, if it had one. */
  view: View | undefined;
  /** Steps that a trail keeps. */
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get markers(): readonly Marker[] {
    return [...this.#markers.values()];
  }

  /** Takes the next sample: what it does not name is gone. */
  take(value: unknown): void {
    if (!isRecord(value)) return;
    this.view = viewOf(value);
    const before = this.#markers;
    this.#markers = new Map();
    const data = Array.isArray(value.data) ? (value.data as unknown[]).slice(0, MOST_MARKERS) : [];
    const trails = data.length <= MOST_TRAILS;
    for (const [i, item] of data.entries()) {
      const place = placeOf(item);
      if (place === undefined || !isRecord(item)) continue;
      const name =
        typeof item.name === "string" || typeof item.name === "number" ? String(item.name).slice(0, 512) : "";
      let key = name === "" ? `#${i}` : `=${name}`;
      // Two of one name in one sample are two markers.
      for (let n = 2; this.#markers.has(key); n++) key = `=${name}\n${n}`;
      const known = before.get(key);
      const trail = trails ? (known?.trail ?? []) : [];
      const last = trail[trail.length - 1];
      if (last === undefined || last.lat !== place.lat || last.lng !== place.lng) trail.push(place);
      if (trail.length > this.#length) trail.shift();
      this.#markers.set(key, { ...place, name, colour: item.color, key, trail });
    }
  }
}

function placeOf(value: unknown): Place | undefined {
  if (!isRecord(value)) return undefined;
  const { lat, lng } = value;
  if (typeof lat !== "number" || typeof lng !== "number" || !Number.isFinite(lat) || !Number.isFinite(lng))
    return undefined;
  return { lat: Math.max(-90, Math.min(90, lat)), lng };
}

function viewOf(value: Record<string, unknown>): View | undefined {
  const center = placeOf(value.center);
  if (center === undefined) return undefined;
  const zoom = typeof value.zoom === "number" && Number.isFinite(value.zoom) ? value.zoom : undefined;
  return { center, zoom };
}

/** Points of a trail without the leaps over the edge of the map, which would be bands across it. */
export function trailPieces(trail: readonly Place[]): Place[][] {
  const pieces: Place[][] = [];
  let piece: Place[] = [];
  for (const place of trail) {
    const last = piece[piece.length - 1];
    if (last !== undefined && Math.abs(place.lng - last.lng) > 180) {
      pieces.push(piece);
      piece = [];
    }
    piece.push(place);
  }
  pieces.push(piece);
  return pieces.filter((points) => points.length > 1);
}

/** The corners that hold all markers; undefined without any. */
export function cornersOf(markers: readonly Place[]): [[number, number], [number, number]] | undefined {
  let [south, west, north, east] = [90, 540, -90, -540];
  for (const { lat, lng } of markers) {
    south = Math.min(south, lat);
    north = Math.max(north, lat);
    west = Math.min(west, lng);
    east = Math.max(east, lng);
  }
  if (south > north) return undefined;
  return [
    [south, west],
    [north, east],
  ];
}
