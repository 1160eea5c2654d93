/** Grids, their colours and the gauge's arc: what is drawn by hand. */
import { describe, expect, it } from "vitest";
import { CellGrid, MOST_CELLS } from "./cell-grid";
import { COLORMAPS, colormap, colourScale, isColormap } from "./colormaps";
import { gaugeFrame, gaugeShare } from "./gauge-frame";
import { lineNames } from "./grid-names";
import { every } from "./grid-panel";

const rowsOf = (grid: CellGrid): number[][] =>
  Array.from({ length: grid.rows }, (_, row) => [...grid.values.subarray(row * grid.cols, (row + 1) * grid.cols)]);

describe("a heatmap's grid", () => {
  it("adds 1 a cell, or n, and grows with its cells", () => {
    const grid = new CellGrid({ mode: "add", window: 100 });
    grid.take([
      [0, 0],
      [0, 0],
      [1, 2, 5],
      [1, 2, -1.5],
    ]);
    expect(rowsOf(grid)).toEqual([
      [2, 0, 0],
      [0, 0, 3.5],
    ]);
    grid.take([[2, 0]]);
    expect(rowsOf(grid)).toEqual([
      [2, 0, 0],
      [0, 0, 3.5],
      [1, 0, 0],
    ]);
  });

  it("is replaced by a matrix, which later cells add to", () => {
    const grid = new CellGrid({ mode: "add", window: 100 });
    grid.take([
      [5, 5],
      [
        [1, null],
        [3, 4],
      ],
      [0, 1],
      [1, 1, 2],
    ]);
    expect(rowsOf(grid)).toEqual([
      [1, 1],
      [3, 6],
    ]);
  });

  it("has the size that it was given, and counts what lies outside", () => {
    const grid = new CellGrid({ mode: "add", window: 100, rows: 2, cols: 2 });
    grid.take([
      [0, 1],
      [2, 0],
      [0, 9],
    ]);
    expect(rowsOf(grid)).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect(grid.outside).toBe(2);
  });

  it("forgets what left the window, to the last crumb", () => {
    const grid = new CellGrid({ mode: "add", window: 3 });
    grid.take([
      [0, 0, 0.1],
      [0, 0, 0.2],
      [0, 1],
    ]);
    grid.take([[0, 1]]);
    expect(grid.values[0]).toBeCloseTo(0.2);
    grid.take([[0, 1]]);
    expect(rowsOf(grid)).toEqual([[0, 3]]);
  });

  it("shows the same however the samples are portioned", () => {
    const samples = Array.from({ length: 500 }, (_, i) => [(i * 7) % 5, (i * 13) % 4, 1 + (i % 3)]);
    const whole = new CellGrid({ mode: "add", window: 60 });
    whole.take(samples);
    const portioned = new CellGrid({ mode: "add", window: 60 });
    for (let i = 0; i < samples.length; i += 17) portioned.take(samples.slice(i, i + 17));
    expect(rowsOf(portioned)).toEqual(rowsOf(whole));
  });

  it("forgets a matrix that left the window, too", () => {
    const grid = new CellGrid({ mode: "add", window: 2 });
    grid.take([[[7, 7]], [0, 0], [0, 0]]);
    expect(rowsOf(grid)).toEqual([[2, 0]]);
  });

  it("refuses to become huge, and odd cells", () => {
    const grid = new CellGrid({ mode: "add", window: 100 });
    grid.take([[4095, 4095], ["0", 1], [0.5, 1], [-1, 0], null, { row: 1 }, [0, 0, Number.NaN], [1, 1]]);
    expect(grid.rows * grid.cols).toBeLessThanOrEqual(MOST_CELLS);
    expect(rowsOf(grid)).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(grid.outside).toBe(1);
  });
});

it("a bubble matrix keeps each cell's newest size, and no others", () => {
  const grid = new CellGrid({ mode: "set", window: 3 });
  grid.take([
    [0, 0, 4],
    [0, 1, 5],
    [0, 0, 9],
  ]);
  expect(rowsOf(grid)).toEqual([[9, 5]]);
  grid.take([
    [1, 1, 2],
    [1, 1, 3],
  ]);
  expect(rowsOf(grid)).toEqual([
    [9, Number.NaN],
    [Number.NaN, 3],
  ]);
});

describe("colours", () => {
  it("of each map go through 256 opaque steps", () => {
    for (const name of COLORMAPS) {
      const { pixels, css } = colormap(name);
      expect(pixels).toHaveLength(256);
      expect(css).toHaveLength(256);
      expect(new Uint8Array(pixels.buffer).filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
    }
    expect(colormap("viridis").css[0]).toBe("rgb(68,1,84)");
    expect(colormap("viridis").css[255]).toBe("rgb(253,231,37)");
  });

  it("have names of their own", () => {
    expect(isColormap("magma")).toBe(true);
    expect(isColormap("constructor")).toBe(false);
    expect(isColormap(null)).toBe(false);
  });

  it("stay on the scale", () => {
    const scale = colourScale(10, 20);
    expect([5, 10, 15, 20, 99].map(scale)).toEqual([0, 0, 128, 255, 255]);
    const log = colourScale(1, 100, true);
    expect([0, 1, 10, 100].map(log)).toEqual([0, 0, 128, 255]);
    expect(colourScale(3, 3)(3)).toBe(0);
  });
});

describe("names along a grid", () => {
  it("are left out where they have no room", () => {
    expect(every(10, 400, 16, false)).toBe(1);
    expect(every(100, 400, 16, false)).toBe(5);
    expect(every(100, 400, 16, true)).toBe(4);
  });

  it("come from legend and label where there is one for each", () => {
    const spec = { id: "x", type: "heatmap", version: 1, epoch: "", legend: ["a", "b"], label: ["one axis title"] };
    expect(lineNames(spec, { rows: 2, cols: 3 })).toEqual({ rows: ["a", "b"] });
    expect(lineNames(spec, { rows: 3, cols: 3 })).toEqual({});
  });
});

describe("a gauge", () => {
  it("stays inside of its panel", () => {
    for (const [width, height] of [
      [300, 200],
      [900, 160],
      [160, 500],
    ] as const) {
      const { x, y, radius, thickness } = gaugeFrame(width, height);
      const outer = radius + thickness / 2;
      expect(x - outer).toBeGreaterThanOrEqual(0);
      expect(y - outer).toBeGreaterThanOrEqual(0);
      expect(y + outer * 0.71).toBeLessThanOrEqual(height);
    }
  });

  it("ends at its ends", () => {
    expect([-5, 0, 50, 100, 1e9, Number.NaN].map((value) => gaugeShare(value, 0, 100))).toEqual([0, 0, 0.5, 1, 1, 0]);
    expect(gaugeShare(1, 5, 5)).toBe(0);
  });
});
