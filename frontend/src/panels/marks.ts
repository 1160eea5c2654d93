/** What Chart.js charts show beside their data: thresholds as coloured lines across the value axis, and where samples were lost. */
import type { Chart, Plugin } from "chart.js";
import { type Level, levelAt } from "../lib/levels";

export interface Marks {
  levels: readonly Level[];
  /** Places on the axis of names before which samples were lost. */
  gaps: readonly number[];
  gapColour: string;
}

/** Draws under the data; asks for the marks at each draw. */
export function marksPlugin(marks: () => Marks): Plugin {
  return { id: "marks", beforeDatasetsDraw: (chart) => drawMarks(chart, marks()) };
}

function drawMarks(chart: Chart, { levels, gaps, gapColour }: Marks): void {
  const { ctx, chartArea, scales } = chart;
  const flat = chart.options.indexAxis === "y";
  const value = flat ? scales.x : scales.y;
  const names = flat ? scales.y : scales.x;
  if (value === undefined || names === undefined) return;
  const { left, top, right, bottom } = chartArea;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.fillStyle = gapColour;
  for (const gap of gaps) {
    const at = (names.getPixelForValue(gap - 1) + names.getPixelForValue(gap)) / 2;
    if (flat) ctx.fillRect(left, at - 3, right - left, 6);
    else ctx.fillRect(at - 3, top, 6, bottom - top);
  }
  ctx.setLineDash([4, 3]);
  ctx.lineWidth = 1;
  for (const level of levels) {
    const at = Math.round(value.getPixelForValue(level.value)) + 0.5;
    ctx.strokeStyle = level.colour;
    ctx.beginPath();
    if (flat) {
      ctx.moveTo(at, top);
      ctx.lineTo(at, bottom);
    } else {
      ctx.moveTo(left, at);
      ctx.lineTo(right, at);
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** Positions in a view before which samples are missing. */
export function gapsIn(offset: ArrayLike<number>, length: number): number[] {
  const found: number[] = [];
  for (let i = 1; i < length; i++) {
    if ((offset[i] as number) - (offset[i - 1] as number) > 1) found.push(i);
  }
  return found;
}

/** The highest level that any of `values` has reached. */
export function highestLevel(levels: readonly Level[], values: Iterable<number>): Level | undefined {
  let highest: Level | undefined;
  for (const value of values) {
    const level = levelAt(levels, value);
    if (level && (highest === undefined || level.value > highest.value)) highest = level;
  }
  return highest;
}
