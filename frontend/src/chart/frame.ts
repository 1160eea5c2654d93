/**
 * One picture of a chart as plain data: what to paint and where, with nothing left to decide. It can be sent to another thread, and is
 * painted there, here or into a file by the same code (`paint.ts`). Places and widths are CSS pixels.
 */
import type { Box, Scale } from "./projection";
import type { Samples } from "./samples";

export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly align: "center" | "right";
}

export interface Line {
  readonly colour: string;
  readonly width: number;
  /** Filled down to `base`, from the first colour at the box's top to the second at its bottom. */
  readonly fill: { readonly base: number; readonly top: string; readonly bottom: string } | undefined;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen a CSS pixel. */
  readonly ratio: number;
  readonly font: string;
  readonly ink: string;
  /** Where the data is. */
  readonly box: Box;
  readonly labels: readonly Label[];
  /** Stands along the value axis. */
  readonly title: string;
  readonly grid: { readonly colour: string; readonly ys: readonly number[] };
  /** Stretches in which samples were lost. */
  readonly lost: { readonly colour: string; readonly stretches: readonly { x: number; width: number }[] };
  readonly levels: readonly { readonly y: number; readonly colour: string }[];
  /** One for each series in `samples`. */
  readonly lines: readonly Line[];
  readonly scale: Scale;
  readonly samples: Samples;
  /** A dot at each line's newest value: where "now" is. */
  readonly heads: readonly { readonly x: number; readonly y: number; readonly colour: string }[];
}
