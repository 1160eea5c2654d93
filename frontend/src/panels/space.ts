/**
 * A box in space on a flat canvas: how it is turned, where its points fall, and how its axes are drawn. No WebGL: browsers stop at about a dozen
 * contexts, and a board has more panels than that (docs/decisions/0031).
 */
import { valueTicks } from "../chart/axes";
import { formatTicks } from "../lib/format";
import type { Theme } from "../lib/theme";
import type { Spec } from "../wire";
import { fitted, type Tip } from "./sheet";

export interface Orbit {
  /** Radians around the upright axis, and above the floor. */
  yaw: number;
  pitch: number;
  zoom: number;
}

export const FIRST_ORBIT: Orbit = { yaw: 0.62, pitch: 0.42, zoom: 1 };

/** The box is a little lower than wide: panels are. */
const HEIGHT = 0.72;
/** Distance of the eye, in halves of the box. */
const EYE = 6.5;
const LOWEST = -0.05;
const HIGHEST = Math.PI / 2 - 0.03;

export function turned(orbit: Orbit, yaw: number, pitch: number, zoom = 1): Orbit {
  return {
    yaw: (orbit.yaw + yaw) % (Math.PI * 2),
    pitch: Math.max(LOWEST, Math.min(HIGHEST, orbit.pitch + pitch)),
    zoom: Math.max(0.5, Math.min(4, orbit.zoom * zoom)),
  };
}

export interface Projected {
  x: number;
  y: number;
  /** Larger is farther. */
  depth: number;
  /** How large things are there: 1 in the middle of the box. */
  size: number;
}

/** The place under a pointer, at most so many pixels from it: of those that lie on one another the one that is nearest to the eye. -1: none. */
export function placeUnder(at: { x: number; y: number }, places: readonly Projected[], reach: number): number {
  let found = -1;
  let best = Number.POSITIVE_INFINITY;
  for (const [i, place] of places.entries()) {
    const distance = Math.hypot(place.x - at.x, place.y - at.y);
    if (distance > reach || distance + place.depth * 4 >= best) continue;
    best = distance + place.depth * 4;
    found = i;
  }
  return found;
}

/** Names the point under the pointer; of several the nearest to the eye. Without a pointer the one that the keys have chosen; -1: none. */
export function nameUnder(
  tip: Tip,
  { at, chosen }: { at: { x: number; y: number } | undefined; chosen: number },
  places: readonly Projected[],
  reach: number,
  words: (index: number) => string[],
): void {
  const found = at ? placeUnder(at, places, reach) : chosen;
  const place = at ?? places[found];
  if (!place || found < 0) tip.hide();
  else tip.show(place.x, place.y, words(found));
}

export type Range = readonly [number, number];

/** From a value's place in its range to a pixel. Made once a frame. */
export class Lens {
  readonly ranges: readonly [Range, Range, Range];
  readonly #sinYaw: number;
  readonly #cosYaw: number;
  readonly #sinPitch: number;
  readonly #cosPitch: number;
  readonly #scale: number;
  readonly #x: number;
  readonly #y: number;

  constructor(orbit: Orbit, ranges: readonly [Range, Range, Range], width: number, height: number) {
    this.ranges = ranges;
    this.#sinYaw = Math.sin(orbit.yaw);
    this.#cosYaw = Math.cos(orbit.yaw);
    this.#sinPitch = Math.sin(orbit.pitch);
    this.#cosPitch = Math.cos(orbit.pitch);
    // As large as the box fits at any angle around, with room for the numbers outside of it.
    const tall = 2 * (1.56 * this.#sinPitch + HEIGHT * this.#cosPitch);
    this.#scale = Math.max(10, Math.min((width - 72) / 2.95, (height - 44) / Math.max(1.6, tall))) * orbit.zoom;
    this.#x = width / 2;
    // What is near is large, so the box reaches farther down than up.
    this.#y = height / 2 - this.#scale * 0.4 * this.#sinPitch * this.#cosPitch;
  }

  /** Where a place in the box falls: each coordinate from -1 to 1. */
  place(x: number, y: number, z: number): Projected {
    const across = x * this.#cosYaw - y * this.#sinYaw;
    const away = x * this.#sinYaw + y * this.#cosYaw;
    const up = z * HEIGHT;
    const depth = away * this.#cosPitch - up * this.#sinPitch;
    const size = EYE / (EYE + depth);
    return {
      x: this.#x + across * size * this.#scale,
      y: this.#y - (up * this.#cosPitch + away * this.#sinPitch) * size * this.#scale,
      depth,
      size,
    };
  }

  /** Where a point falls, in the units of its axes: at the box's side if it lies outside, since far enough out it would be behind the eye. */
  point(x: number, y: number, z: number): Projected {
    const [across, along, up] = this.ranges;
    return this.place(inside(x, across), inside(y, along), inside(z, up));
  }

  /** For each upright side of the box the one that is farther away: -1 or 1. */
  get far(): { x: 1 | -1; y: 1 | -1 } {
    return { x: this.#sinYaw >= 0 ? 1 : -1, y: this.#cosYaw >= 0 ? 1 : -1 };
  }
}

export function within(value: number, [low, high]: Range): number {
  return high > low ? ((value - low) / (high - low)) * 2 - 1 : 0;
}

function inside(value: number, range: Range): number {
  return Math.max(-1, Math.min(1, within(value, range)));
}

/** Round numbers within a range. */
export function ticksOf([low, high]: Range, most = 5): number[] {
  return valueTicks(low, high, most, 1);
}

/** The floor and the two far walls with their grids, and the numbers along the near edges. */
export function drawBox(
  ctx: CanvasRenderingContext2D,
  lens: Lens,
  theme: Theme,
  spec: Spec,
  names: readonly string[],
): void {
  const { far } = lens;
  const near = { x: -far.x, y: -far.y };
  const ticks = lens.ranges.map((range) => ticksOf(range));
  const line = (a: Projected, b: Projected): void => {
    ctx.moveTo(a.x, a.y);
    ctx.lineTo(b.x, b.y);
  };
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  const [xs, ys, zs] = ticks.map((list, axis) => list.map((tick) => within(tick, lens.ranges[axis] as Range))) as [
    number[],
    number[],
    number[],
  ];
  for (const x of [-1, ...xs, 1]) {
    line(lens.place(x, -1, -1), lens.place(x, 1, -1));
    line(lens.place(x, far.y, -1), lens.place(x, far.y, 1));
  }
  for (const y of [-1, ...ys, 1]) {
    line(lens.place(-1, y, -1), lens.place(1, y, -1));
    line(lens.place(far.x, y, -1), lens.place(far.x, y, 1));
  }
  for (const z of [-1, ...zs, 1]) {
    line(lens.place(-1, far.y, z), lens.place(1, far.y, z));
    line(lens.place(far.x, -1, z), lens.place(far.x, 1, z));
  }
  ctx.stroke();

  ctx.font = `10.5px ${theme.font}`;
  ctx.textBaseline = "middle";
  ctx.fillStyle = theme.inkSoft;
  const middle = lens.place(0, 0, -1);
  // The upright edge that is farthest left has room beside it.
  const edges = [
    [far.x, near.y],
    [near.x, far.y],
  ].map(([x, y]) => ({ x: x as number, y: y as number, at: lens.place(x as number, y as number, 0) }));
  const edge = (edges[0] as (typeof edges)[0]).at.x < (edges[1] as (typeof edges)[0]).at.x ? edges[0] : edges[1];
  const axes: { at: (place: number) => Projected; places: number[]; side: boolean }[] = [
    { at: (x) => lens.place(x, near.y, -1), places: xs, side: false },
    { at: (y) => lens.place(near.x, y, -1), places: ys, side: false },
    { at: (z) => lens.place(edge?.x ?? 1, edge?.y ?? 1, z), places: zs, side: true },
  ];
  for (const [axis, { at, places, side }] of axes.entries()) {
    const from = at(-1);
    const to = at(1);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    // An axis that points at the eye has no room for numbers.
    if (length < 46) continue;
    // Outwards: away from the floor's middle, square to the axis.
    let [nx, ny] = [-(to.y - from.y) / length, (to.x - from.x) / length];
    const out = ((from.x + to.x) / 2 - middle.x) * nx + ((from.y + to.y) / 2 - middle.y) * ny;
    if (side ? nx > 0 : out < 0) [nx, ny] = [-nx, -ny];
    ctx.textAlign = Math.abs(nx) < 0.35 ? "center" : nx > 0 ? "left" : "right";
    const texts = formatTicks(ticks[axis] as number[], axis === 2 ? spec : {});
    const step = Math.ceil((places.length * (side ? 15 : 30)) / length);
    for (let i = 0; i < places.length; i += step) {
      const { x, y } = at(places[i] as number);
      ctx.fillText(texts[i] ?? "", x + nx * 9, y + ny * 11);
    }
    const name = names[axis] ?? "";
    if (name === "") continue;
    ctx.font = `600 11px ${theme.font}`;
    const middleOf = side ? at(1) : at(0);
    const [dx, dy] = side ? [0, -13] : [nx * 30, ny * 25];
    if (side) ctx.textAlign = "center";
    ctx.fillText(fitted(ctx, name, 110), middleOf.x + dx, middleOf.y + dy);
    ctx.font = `10.5px ${theme.font}`;
  }
}

/** A step of the cursor that shows a point's values: along and across, or to the first or last point. */
export type CursorStep = { readonly along: number; readonly across: number } | "first" | "last";

const CURSOR_STEPS: Readonly<Record<string, CursorStep>> = {
  ArrowLeft: { along: -1, across: 0 },
  ArrowRight: { along: 1, across: 0 },
  ArrowUp: { along: 0, across: 1 },
  ArrowDown: { along: 0, across: -1 },
  Home: "first",
  End: "last",
};

/** Turning by drag and arrow keys, nearer and farther by wheel and + and -, back by a double click; Shift and arrows go from point to point. */
export class OrbitControl {
  orbit: Orbit = FIRST_ORBIT;

  constructor(canvas: HTMLCanvasElement, changed: () => void, stepped: (step: CursorStep) => void) {
    canvas.classList.add("space");
    canvas.tabIndex = 0;
    canvas.setAttribute(
      "aria-description",
      "Arrow keys turn it, plus and minus zoom, Shift and arrows read its points",
    );
    canvas.addEventListener("blur", changed);
    let held: { x: number; y: number } | undefined;
    const turn = (yaw: number, pitch: number, zoom = 1): void => {
      this.orbit = turned(this.orbit, yaw, pitch, zoom);
      changed();
    };
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.clientX, y: event.clientY };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held === undefined) return;
      turn((event.clientX - held.x) * -0.009, (event.clientY - held.y) * 0.009);
      held = { x: event.clientX, y: event.clientY };
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, () => {
        held = undefined;
      });
    }
    canvas.addEventListener("dblclick", () => {
      this.orbit = FIRST_ORBIT;
      changed();
    });
    canvas.addEventListener(
      "wheel",
      (event) => {
        // The wheel scrolls the board until the panel was clicked.
        if (document.activeElement !== canvas) return;
        event.preventDefault();
        turn(0, 0, Math.exp(-event.deltaY * 0.0015));
      },
      { passive: false },
    );
    const keys: Record<string, [number, number, number]> = {
      ArrowLeft: [0.12, 0, 1],
      ArrowRight: [-0.12, 0, 1],
      ArrowUp: [0, 0.1, 1],
      ArrowDown: [0, -0.1, 1],
      "+": [0, 0, 1.15],
      "-": [0, 0, 1 / 1.15],
    };
    canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const to = Object.hasOwn(CURSOR_STEPS, event.key) ? CURSOR_STEPS[event.key] : undefined;
      if (to !== undefined && (event.shiftKey || typeof to === "string")) {
        event.preventDefault();
        stepped(to);
        return;
      }
      const step = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
      if (step === undefined) return;
      event.preventDefault();
      turn(...step);
    });
  }
}

/** The ring around the point that the keys have chosen. */
export function drawCursor(ctx: CanvasRenderingContext2D, { x, y }: Projected, theme: Theme): void {
  ctx.beginPath();
  ctx.arc(x, y, 7, 0, Math.PI * 2);
  ctx.strokeStyle = theme.surface;
  ctx.lineWidth = 4;
  ctx.stroke();
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 2;
  ctx.stroke();
}
