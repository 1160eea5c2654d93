/**
 * What a panel is to the board: something that draws a stream into an element. No framework in it, since it runs many times a second.
 *
 * The board calls `draw` only when there is news and the panel is on the screen, and never more than once a frame.
 */
import type { SampleView } from "../lib/ring";
import type { Stream } from "../lib/stream";
import type { Theme } from "../lib/theme";
import type { PanelSettings, Spec } from "../wire";

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
  resize(width: number, height: number): void;
  /** The spec or the theme changed: take the look anew. `draw` follows. */
  restyle(): void;
  destroy(): void;
  /** What the legend shows; panels without series have none. */
  readout?(): Readout;
  toggle?(index: number): void;
  /** The samples in sight, where it shows others than the newest (zoomed in). The legend's statistics are about these. */
  inSight?(): SampleView | undefined;
  /** A state that colours the panel's edge, e.g. a threshold that was crossed. */
  state?(): { colour: string; name: string } | undefined;
}

export interface PanelContext {
  readonly stream: Stream;
  /** Changes with the day/night switch; read it anew in `restyle`. */
  readonly theme: () => Theme;
  readonly spec: () => Spec;
  /** What a person set about this panel; read it anew in `restyle`. See `board/settings.svelte.ts`. */
  readonly settings: () => Readonly<PanelSettings>;
  /** Changes some of it, as if the person had; `restyle` follows. */
  readonly set: (change: PanelSettings) => void;
  /** Draw samples up to this offset: infinite when live, the offset at the moment of a pause else. */
  readonly until: () => number;
  /** The legend should be read anew (pointer moved). */
  readonly changed: () => void;
  /** The picture with this offset is on the screen. */
  readonly shown: (offset: number) => void;
}

export type MountPanel = (host: HTMLElement, context: PanelContext) => Panel;
