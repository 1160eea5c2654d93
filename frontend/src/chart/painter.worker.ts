/** The painter's thread: paints the frames of all panels on the canvases that were handed over to it. */
import type { Orders, Painted } from "./orders";
import { paint } from "./paint";

// This file is the whole program of its thread; the page's types do not know that.
const thread = self as unknown as {
  onmessage: (event: MessageEvent<Orders>) => void;
  postMessage(message: Painted, transfer: Transferable[]): void;
};

const contexts = new Map<number, OffscreenCanvasRenderingContext2D>();

thread.onmessage = ({ data }) => {
  for (const { id, canvas } of data.joined) {
    const ctx = canvas.getContext("2d");
    if (ctx) contexts.set(id, ctx);
  }
  for (const id of data.left) contexts.delete(id);
  const painted: { id: number; buffer: ArrayBuffer }[] = [];
  for (const { id, frame } of data.frames) {
    const ctx = contexts.get(id);
    if (ctx) paint(ctx, frame);
    painted.push({ id, buffer: frame.samples.array.buffer });
  }
  if (painted.length === 0) return;
  // What was painted reaches the screen with this thread's next frame: only then may another one come.
  requestAnimationFrame(() =>
    thread.postMessage(
      { painted },
      painted.map(({ buffer }) => buffer),
    ),
  );
};
