/**
 * A board's arrangement: what people set about its panels, where they put them, and which they hid. Pure; `board/settings.svelte.ts` holds the one in use.
 *
 * The same form is kept in the browser and saved on the server, where `windsock.shared.boards` describes it. A new setting of a panel is a field of
 * `PanelSettings` there (then `make types`) and a line in `PANEL` here: what a browser kept may be old or damaged, so each field is looked at before use.
 */
import type { Arrangement, PanelPlace, PanelSettings } from "../wire";
import { AS_SENT, type Follow, followKey } from "./moment";

/** Columns of the grid that places are counted in. */
export const COLUMNS = 12;
/** More panels than one viewer may watch have no place to be kept. */
const MOST_PANELS = 2_000;
/** Words that somebody filters a log or a table by. */
export const LONGEST_FILTER = 200;
const MOST_TYPES = 64;
const MOST_GROUPS = 256;

export type Groups = "sections" | "tabs";

/** An empty set lets everything pass. */
export interface Filter {
  readonly types: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

/** An arrangement in use: maps, since a stream may be called `__proto__`. Never changed in place. */
export interface Arranged {
  readonly panels: ReadonlyMap<string, PanelSettings>;
  readonly places: ReadonlyMap<string, PanelPlace>;
  readonly hidden: ReadonlySet<string>;
  /** The streams that are shown; undefined: all, and those that come later. */
  readonly only: ReadonlySet<string> | undefined;
  /** Of those, what is looked at. */
  readonly filter: Filter;
  readonly groups: Groups;
  readonly theme: "light" | "dark" | undefined;
  /** What panels follow that have no wish of their own. */
  readonly follow: Follow;
}

export const ALL_PASS: Filter = { types: new Set(), groups: new Set() };

export const PLAIN: Arranged = {
  panels: new Map(),
  places: new Map(),
  hidden: new Set(),
  only: undefined,
  filter: ALL_PASS,
  groups: "sections",
  theme: undefined,
  follow: AS_SENT,
};

type Check = (value: unknown) => boolean;

const isNumber =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === "number" && value >= least && value <= most;
const isWhole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && isNumber(least, most)(value);
const isBoolean: Check = (value) => typeof value === "boolean";
const isText: Check = (value) => typeof value === "string" && value.length <= 256;
const isRecordOf =
  (checks: Record<string, Check>): Check =>
  (value) =>
    Object.keys(asObject(value)).length === Object.keys(checks).length &&
    Object.entries(checks).every(([name, check]) => check(asObject(value)[name]));
const isList =
  (each: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(each);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);

/** What each setting of a panel may be. */
const PANEL: Record<keyof PanelSettings, Check> = {
  window_seconds: isNumber(Number.MIN_VALUE, 31_536_000),
  window_points: isWhole(2, 200_000),
  log: isBoolean,
  colormap: isText,
  hidden_series: isList(isText, 256),
  fit: oneOf("fit", "actual"),
  table: isBoolean,
  stats: isBoolean,
  wrap: isBoolean,
  filter: (value) => isText(value) && (value as string).length <= LONGEST_FILTER,
  level: oneOf("info", "warning", "error"),
  sort: isRecordOf({ column: isText, falling: isBoolean }),
  view: isRecordOf({ lat: isNumber(-90, 90), lng: isNumber(-720, 720), zoom: isNumber(0, 24) }),
};

const PLACE: Record<keyof PanelPlace, Check> = {
  x: isWhole(0, COLUMNS - 1),
  y: isWhole(0, 100_000),
  w: isWhole(1, COLUMNS),
  h: isWhole(1, 200),
};

/** An arrangement from JSON that a browser kept or a server sent. What does not fit is left out; nothing throws. */
export function readArrangement(json: unknown): Arranged {
  const from = asObject(json);
  const panels = new Map<string, PanelSettings>();
  for (const [id, value] of entriesOf(from.panels)) {
    const settings = readPanel(value);
    if (Object.keys(settings).length > 0) panels.set(id, settings);
  }
  const places = new Map<string, PanelPlace>();
  for (const [id, value] of entriesOf(from.places)) {
    const { x, y, w, h } = asObject(value);
    if (PLACE.x(x) && PLACE.y(y) && PLACE.w(w) && PLACE.h(h)) places.set(id, { x, y, w, h } as PanelPlace);
  }
  return {
    panels,
    places,
    hidden: new Set(texts(from.hidden)),
    only: Array.isArray(from.only) ? new Set(texts(from.only)) : undefined,
    filter: {
      types: new Set(texts(from.types).slice(0, MOST_TYPES)),
      groups: new Set(texts(from.of_groups).slice(0, MOST_GROUPS)),
    },
    groups: from.groups === "tabs" ? "tabs" : "sections",
    theme: from.theme === "light" || from.theme === "dark" ? from.theme : undefined,
    follow: followFrom(readPanel(from)),
  };
}

/** The arrangement as JSON, without what is as it would be anyway. */
export function writeArrangement(arranged: Arranged): Arrangement {
  const made: Arrangement = {};
  if (arranged.panels.size > 0) made.panels = Object.fromEntries(arranged.panels);
  if (arranged.places.size > 0) made.places = Object.fromEntries(arranged.places);
  if (arranged.hidden.size > 0) made.hidden = [...arranged.hidden];
  if (arranged.only !== undefined) made.only = [...arranged.only];
  if (arranged.filter.types.size > 0) made.types = [...arranged.filter.types];
  if (arranged.filter.groups.size > 0) made.of_groups = [...arranged.filter.groups];
  if (arranged.groups !== "sections") made.groups = arranged.groups;
  if (arranged.theme !== undefined) made.theme = arranged.theme;
  if ("ms" in arranged.follow) made.window_seconds = arranged.follow.ms / 1_000;
  else if (arranged.follow.samples > 0) made.window_points = arranged.follow.samples;
  return made;
}

/** A panel's settings with a change to them; `null` puts a setting back to what the publisher says. Undefined when nothing is set any more. */
export function changed(before: PanelSettings | undefined, change: PanelSettings): PanelSettings | undefined {
  const after = readPanel({ ...before, ...change });
  return Object.keys(after).length > 0 ? after : undefined;
}

/** Whether two arrangements are the same in what is kept. */
export function same(one: Arranged, other: Arranged): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(arranged: Arranged): unknown {
  const byId = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    byId(arranged.panels).map(([id, settings]) => [id, Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))]),
    byId(arranged.places).map(([id, { x, y, w, h }]) => [id, x, y, w, h]),
    [...arranged.hidden].sort(),
    arranged.only && [...arranged.only].sort(),
    [...arranged.filter.types].sort(),
    [...arranged.filter.groups].sort(),
    arranged.groups,
    arranged.theme,
    followKey(arranged.follow),
  ];
}

/** What the settings of a panel, or of the board, say about what is followed. */
export function followFrom({ window_seconds, window_points }: PanelSettings): Follow {
  if (window_seconds) return { ms: window_seconds * 1_000 };
  return window_points ? { samples: window_points } : AS_SENT;
}

function readPanel(value: unknown): PanelSettings {
  const from = asObject(value);
  const kept = Object.entries(PANEL).filter(([name, check]) => from[name] != null && check(from[name]));
  return Object.fromEntries(kept.map(([name]) => [name, from[name]]));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(asObject(value)).slice(0, MOST_PANELS);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string").slice(0, MOST_PANELS) : [];
}
