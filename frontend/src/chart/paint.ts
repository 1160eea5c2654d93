/** Paints a frame. Remembers nothing, so that a thread of its own, the page and a picture file all use it. */
import type { Frame } from "./frame";
import { traceLine } from "./paths";
import { timeToPixel, valueToPixel } from "./projection";
import { partOf } from "./samples";

export type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const HEAD_RADIUS = 2.6;
const DASHES = [4, 3];
/** Lost samples stay visible where the time between their neighbours is less than a pixel. */
const LEAST_LOST = 3;

/** Makes the canvas as large as the frame, which also empties it, and paints it. */
export function paint(ctx: Context2D, frame: Frame): void {
  const { canvas } = ctx;
  const width = Math.max(1, Math.round(frame.width * frame.ratio));
  const height = Math.max(1, Math.round(frame.height * frame.ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.scale(frame.ratio, frame.ratio);
  paintAxes(ctx, frame);
  ctx.save();
  const { left, top, width: wide, height: high } = frame.box;
  ctx.beginPath();
  ctx.rect(left, top, wide, high);
  ctx.clip();
  paintBehind(ctx, frame);
  paintLines(ctx, frame);
  ctx.restore();
  for (const { x, y, colour } of frame.heads) {
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.arc(x, y, HEAD_RADIUS, 0, Math.PI * 2);
    ctx.fill();
  }
}

function paintAxes(ctx: Context2D, { box, font, ink, labels, title, grid, ratio }: Frame): void {
  // One pixel of the screen, and not two halves of one.
  ctx.lineWidth = 1 / ratio;
  ctx.strokeStyle = grid.colour;
  ctx.beginPath();
  for (const y of grid.ys) {
    const sharp = (Math.round(y * ratio) + 0.5) / ratio;
    ctx.moveTo(box.left, sharp);
    ctx.lineTo(box.left + box.width, sharp);
  }
  ctx.stroke();
  ctx.font = font;
  ctx.fillStyle = ink;
  ctx.textBaseline = "middle";
  for (const { text, x, y, align } of labels) {
    ctx.textAlign = align;
    ctx.fillText(text, x, y);
  }
  if (title === "") return;
  ctx.save();
  ctx.translate(11, box.top + box.height / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = "center";
  ctx.fillText(title, 0, 0, box.height + 20);
  ctx.restore();
}

/** What lies under the lines: stretches of lost samples, and the thresholds. */
function paintBehind(ctx: Context2D, { box, lost, levels, ratio }: Frame): void {
  ctx.fillStyle = lost.colour;
  for (const { x, width } of lost.stretches) ctx.fillRect(x, box.top, Math.max(LEAST_LOST, width), box.height);
  ctx.lineWidth = 1;
  ctx.setLineDash(DASHES);
  for (const { y, colour } of levels) {
    const sharp = Math.round(y) + 0.5 / ratio;
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.moveTo(box.left, sharp);
    ctx.lineTo(box.left + box.width, sharp);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

/** In pixels of the screen, since lines are thinned out to those. */
function paintLines(ctx: Context2D, { box, lines, ratio, samples, scale }: Frame): void {
  const pixels = { left: box.left * ratio, top: box.top * ratio, width: box.width * ratio, height: box.height * ratio };
  const way = {
    time: partOf(samples, 0),
    offset: partOf(samples, 1),
    length: samples.count,
    ...timeToPixel(pixels, scale),
    toY: valueToPixel(pixels, scale),
    width: pixels.width,
  };
  // At this width nobody sees the corners of a line, and round ones take a third of the time.
  ctx.lineJoin = "bevel";
  for (const [k, { colour, width, fill }] of lines.entries()) {
    const input = { ...way, values: partOf(samples, 2 + k) };
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    if (fill) {
      const base = fill.base * ratio;
      const shade = ctx.createLinearGradient(0, pixels.top, 0, pixels.top + pixels.height);
      shade.addColorStop(0, fill.top);
      shade.addColorStop(1, fill.bottom);
      ctx.fillStyle = shade;
      ctx.beginPath();
      traceLine(input, ctx, {
        runEnded: (sink, fromX, toX) => {
          sink.lineTo(toX, base);
          sink.lineTo(fromX, base);
        },
      });
      ctx.fill();
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * ratio;
    // One pixel of the screen, and not two halves of one.
    if (ctx.lineWidth === 1) ctx.translate(0.5, 0.5);
    ctx.beginPath();
    traceLine(input, ctx, {
      // A sample between two gaps would be a line of no length: it becomes a dash that can be seen.
      runEnded: (sink, _, x, y, single) => single && sink.lineTo(x + 2 * ratio, y),
    });
    ctx.stroke();
  }
}
