/**
 * What a panel is to the board: something that draws a stream into an element. No framework in it, since it runs many times a second.
 *
 * The board calls `draw` only when there is news and the panel is on the screen, and never more than once a frame.
 */

import type { Excerpt } from "../lib/excerpt";
import type { Moment } from "../lib/moment";
import type { SampleView } from "../lib/ring";
import type { Stream } from "../lib/stream";
import type { Theme } from "../lib/theme";
import type { PanelSettings, Spec, Tiles } from "../wire";

export interface LegendEntry {
  /** Index of the series, for `toggle`. */
  index: number;
  name: string;
  colour: string;
  value: string;
  hidden: boolean;
}

export interface Readout {
  entries: LegendEntry[];
  /** What the values belong to when it is not the newest sample, e.g. the time under the pointer. */
  at: string;
}

export interface Panel {
  /** Draws what is new. */
  draw(): void;
  /** What was drawn is painted by another thread and not on the screen yet. The board draws no more until `painted` was called. */
  readonly painting?: boolean;
  resize(width: number, height: number): void;
  /** The spec or the theme changed: take the look anew. `draw` follows. */
  restyle(): void;
  destroy(): void;
  /** What the legend shows; panels without series have none. */
  readout?(): Readout;
  toggle?(index: number): void;
  /** The samples in sight, where it shows others than the newest (zoomed in). The legend's statistics are about these. */
  inSight?(): SampleView | undefined;
  /** Says how lively it is where its samples do not: a camera's are only its address. */
  pulse?(): { rate: string; age: string };
  /** A state that colours the panel's edge, e.g. a threshold that was crossed. */
  state?(): { colour: string; name: string } | undefined;
}

export interface PanelContext {
  readonly stream: Stream;
  /** The part of the stream that is to be shown now: take it anew at each draw. */
  readonly excerpt: () => Excerpt;
  /** Changes with the day/night switch; read it anew in `restyle`. */
  readonly theme: () => Theme;
  readonly spec: () => Spec;
  /** What a person set about this panel; read it anew in `restyle`. See `board/settings.svelte.ts`. */
  readonly settings: () => Readonly<PanelSettings>;
  /** Changes some of it, as if the person had; `restyle` follows. */
  readonly set: (change: PanelSettings) => void;
  /** Whether the board stands at a moment of the past: then this is finite. What is to be drawn is in `excerpt`. */
  readonly until: () => number;
  /** Shows the whole board at another moment; undefined: live. Called by a chart that is dragged or zoomed. */
  readonly look: (moment: Moment | undefined) => void;
  /** The panel has to be drawn anew, and its legend read: somebody worked it. */
  readonly changed: () => void;
  /** What another thread painted is on the screen. */
  readonly painted: () => void;
  /** Only the legend should be read anew: the pointer moved. */
  readonly pointed: () => void;
  /** The street map that is set for the board, if any. */
  readonly tiles?: () => Tiles | undefined;
  /** The picture with this offset is on the screen. */
  readonly shown: (offset: number) => void;
}

export type MountPanel = (host: HTMLElement, context: PanelContext) => Panel;
