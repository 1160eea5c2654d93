/**
 * What the relay says and hears: the generated types, as the board wants to read them.
 *
 * `wire.gen.ts` comes from the relay's own models (`make types`). Here a field that may be `null` may be absent, too, since the relay
 * leaves out what no message ever carried.
 */
import type * as generated from "./wire.gen";

type Nullable<T> = { [K in keyof T]: null extends T[K] ? K : never }[keyof T];
type Absentable<T> = Omit<T, Nullable<T>> & Partial<Pick<T, Nullable<T>>>;

/** Names of types that the relay knows today. */
export type KnownType = generated.Spec["type"];

/** What a stream looks like. Its type may be one that this board has never heard of: a newer relay's. */
export type Spec = Absentable<Omit<generated.Spec, "type">> & { type: string };

/** One sample: `[time, v1, v2, ...]` for numeric types (a gap is `null`), `[time, value]` for all others. Time in ms, UTC. */
export type Row = [number, ...unknown[]];
export type Delta = Omit<generated.Delta, "rows"> & { rows: Row[] };
export type Tick = Omit<generated.Tick, "streams"> & { streams: Delta[] };
export type Catalogue = Omit<generated.Catalogue, "streams"> & { streams: Spec[] };
export type Specs = Omit<generated.Specs, "changed"> & { changed: Spec[] };

export type Hello = Absentable<generated.Hello>;
export type { Alert, AlertEvent, AlertRule, Alerts, Notice, Picture, Status, Threshold, Tiles } from "./wire.gen";

export type WatchEntry = Absentable<generated.WatchEntry>;
export type Watching = Absentable<Omit<generated.Watching, "error">> & {
  error?: Absentable<generated.ErrorInfo> | null;
};

/** What a person set about one panel; see `lib/arrangement.ts`. */
export type PanelSettings = Absentable<generated.PanelSettings>;
export type { MapView, TableSort } from "./wire.gen";
export type PanelPlace = generated.PanelPlace;
/** A board as a browser keeps it and as it is saved. */
export type Arrangement = Partial<Omit<Absentable<generated.Arrangement>, "panels">> & {
  panels?: Record<string, PanelSettings>;
};
export type SavedBoard = Omit<generated.SavedBoard, "arrangement"> & { arrangement: Arrangement };
export type { BoardList, BoardSummary } from "./wire.gen";

/** A camera's frame: the line of JSON before its bytes. */
export type FrameHead = Absentable<generated.FrameHead>;
export type { FeedStatus, Look, Seen } from "./wire.gen";
