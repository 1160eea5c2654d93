/** Where everything of a chart stands: the box of its data, the marks and labels of its axes, and from values to pixels. Pure arithmetic. */
import { formatPower, formatTicks, formatTime, type NumberStyle } from "../lib/format";
import { logTicks, timeTicks, valueTicks } from "./axes";
import type { Label } from "./frame";
import { type Box, type Scale, timeToPixel, valueToPixel } from "./projection";

const TOP = 10;
const RIGHT = 12;
const LEFT = 4;
const BOTTOM = 26;
const TITLE = 16;
/** Between an axis and its labels. */
const VALUE_GAP = 6;
const TIME_GAP = 14;
/** A digit of an 11 px system font is at most this wide; measuring would cost a canvas call a label. */
const DIGIT = 6.6;
const LEAST_BOX = 10;

export interface LayoutWish {
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
  readonly title: string;
  readonly style: NumberStyle;
}

export interface Layout {
  readonly box: Box;
  readonly labels: readonly Label[];
  /** Where lines of the grid are. */
  readonly ys: readonly number[];
  toX(time: number): number;
  toY(value: number): number;
  timeAt(x: number): number;
}

export function layOut(wish: LayoutWish): Layout {
  const { width, height, scale, title, style } = wish;
  const { from, to, low, high, log } = scale;
  const top = TOP;
  const tall = Math.max(LEAST_BOX, height - TOP - BOTTOM);
  const space = Math.max(30, height / 9);
  const values = (log ? logTicks : valueTicks)(low, high, tall, space);
  const texts = log ? values.map(formatPower) : formatTicks(values, style);
  const left = LEFT + (title === "" ? 0 : TITLE) + axisWidth(texts);
  const box: Box = { left, top, width: Math.max(LEAST_BOX, width - left - RIGHT), height: tall };
  const { scaleX, shiftX } = timeToPixel(box, scale);
  const toX = (time: number): number => time * scaleX + shiftX;
  const toY = valueToPixel(box, scale);
  const ys = values.map(toY);
  const labels: Label[] = texts.map((text, i) => ({
    text,
    x: left - VALUE_GAP,
    y: ys[i] as number,
    align: "right",
  }));
  const { times, step } = timeTicks(from, to, box.width, 76);
  for (const time of times) {
    const text = formatTime(time, step);
    const x = toX(time);
    // A label that the chart's edge would cut off is left out.
    const half = (text.length * DIGIT) / 2;
    if (x + half <= width && x - half >= 0) labels.push({ text, x, y: top + tall + TIME_GAP, align: "center" });
  }
  return { box, labels, ys, toX, toY, timeAt: (x) => (x - shiftX) / scaleX };
}

function axisWidth(labels: readonly string[]): number {
  let longest = 2;
  for (const label of labels) longest = Math.max(longest, label.length);
  return Math.ceil(longest * DIGIT) + 12;
}
