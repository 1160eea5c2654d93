/** One chart's canvas: takes its frames, and knows whether the last one is on the screen yet. */
import type { Frame } from "./frame";
import { paint } from "./paint";
import { type PaintThread, paintThread } from "./painter";
import { setRetake } from "./stills";

export interface Painting {
  /** The frame that another thread had is on the screen. */
  painted(): void;
  /** What was on the screen is gone: another frame is needed. */
  lost(): void;
  /** A frame of what is shown now, for a picture file. */
  frame(ratio: number): Frame;
}

export class Surface {
  readonly #of: Painting;
  #canvas: HTMLCanvasElement;
  #thread: PaintThread | undefined;
  #id = 0;
  #painting = false;
  #sized = "";
  /** The array of the frame before, which comes back when it is painted. */
  #spare: ArrayBuffer | undefined;

  constructor(host: HTMLElement, of: Painting) {
    this.#of = of;
    this.#canvas = this.#make();
    host.append(this.#canvas);
  }

  /** Whether a frame is on its way: the next one has to wait. */
  get painting(): boolean {
    return this.#painting;
  }

  /** An array for the next frame's samples, if there is one. */
  takeSpare(): ArrayBuffer | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  show(frame: Frame): void {
    this.#size(frame.width, frame.height);
    if (this.#thread) {
      this.#painting = true;
      this.#thread.show(this.#id, frame);
      return;
    }
    const ctx = this.#canvas.getContext("2d");
    if (ctx) paint(ctx, frame);
    this.#spare = frame.samples.array.buffer;
  }

  destroy(): void {
    this.#thread?.leave(this.#id);
    this.#painting = false;
    this.#canvas.remove();
  }

  /** Written only when it changes: the page would lay itself out anew with each frame. */
  #size(width: number, height: number): void {
    if (this.#sized === `${width} ${height}`) return;
    this.#sized = `${width} ${height}`;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
  }

  #make(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.className = "chart-canvas";
    setRetake(canvas, (ratio) => {
      const still = document.createElement("canvas");
      const ctx = still.getContext("2d");
      if (ctx) paint(ctx, this.#of.frame(ratio));
      return still;
    });
    this.#thread = paintThread();
    if (this.#thread) {
      this.#id = this.#thread.join(canvas, {
        painted: (buffer) => {
          this.#spare = buffer;
          this.#painting = false;
          this.#of.painted();
        },
        failed: () => this.#replace(),
      });
    }
    return canvas;
  }

  /** A canvas that was handed over can't be had back: another one takes its place, and this page paints it. */
  #replace(): void {
    const before = this.#canvas;
    this.#sized = "";
    this.#canvas = this.#make();
    for (const name of ["role", "aria-label"]) {
      const value = before.getAttribute(name);
      if (value !== null) this.#canvas.setAttribute(name, value);
    }
    before.replaceWith(this.#canvas);
    this.#painting = false;
    this.#of.lost();
  }
}
