/** What the page and the painter's thread say to each other. */
import type { Frame } from "./frame";

export interface Orders {
  readonly joined: readonly { readonly id: number; readonly canvas: OffscreenCanvas }[];
  readonly frames: readonly { readonly id: number; readonly frame: Frame }[];
  readonly left: readonly number[];
}

/** These frames are painted; their arrays come back to be used again. */
export interface Painted {
  readonly painted: readonly { readonly id: number; readonly buffer: ArrayBuffer }[];
}
