/** Canvases that can be painted anew, larger, for a picture file. */
type Retake = (ratio: number) => HTMLCanvasElement;

const retakes = new WeakMap<HTMLCanvasElement, Retake>();

export function setRetake(canvas: HTMLCanvasElement, retake: Retake): void {
  retakes.set(canvas, retake);
}

/** What a canvas shows, with so many pixels a CSS pixel if it can be painted anew. */
export function stillOf(canvas: HTMLCanvasElement, ratio: number): HTMLCanvasElement {
  return retakes.get(canvas)?.(ratio) ?? canvas;
}
