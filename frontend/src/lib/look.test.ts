/** What a spec makes of a panel: names, colours, levels, size. */
import { describe, expect, it } from "vitest";
import { spec } from "../testing/made";
import { axisTitle, categoryNames, partNames, seriesName, titleOf } from "./labels";
import { levelAt, levelsOf } from "./levels";
import { fillColour, isColour, PALETTE, paletteColour, seriesColour } from "./palette";
import { shapeOf, shownSamples } from "./types";

const anyColour = (): boolean => true;

describe("names", () => {
  it("fall back to the id, and to numbers", () => {
    expect(titleOf(spec({ name: "  " }))).toBe("cpu");
    expect(titleOf(spec({ name: "CPU" }))).toBe("CPU");
    expect(seriesName(spec({ legend: ["user"] }), 1, 2)).toBe("series 2");
    expect(seriesName(spec(), 0, 1), "a single unnamed series").toBe("");
  });

  it("take a label as the axis' title or as categories, by how many there are", () => {
    expect(axisTitle(spec({ label: ["Random Number"] }))).toBe("Random Number");
    expect(categoryNames(spec({ label: ["Random Number"] }), 3)).toBeUndefined();
    expect(categoryNames(spec({ label: ["a", "b", "c"] }), 3)).toEqual(["a", "b", "c"]);
    expect(axisTitle(spec({ label: ["a", "b", "c"] }))).toBe("");
  });

  it("of parts come from the legend, or from the label if that names more", () => {
    expect(partNames(spec({ legend: ["x", "y"], label: ["a"] }), 2)).toEqual(["x", "y"]);
    expect(partNames(spec({ legend: ["all"], label: ["a", "b", "c"] }), 3)).toEqual(["a", "b", "c"]);
    expect(partNames(spec({ legend: ["x"] }), 2)).toEqual(["x", "part 2"]);
  });

  it("of any length are cut", () => {
    const endless = "x".repeat(10_000_000);
    expect(titleOf(spec({ name: endless })).length).toBeLessThan(200);
    expect(seriesName(spec({ legend: [endless] }), 0, 1).length).toBeLessThan(200);
  });
});

describe("colours", () => {
  it("are taken from publishers one a series", () => {
    const own = spec({ borderColor: ["red"], backgroundColor: ["blue", "lime"] });
    expect([0, 1, 2].map((i) => seriesColour(own, "dark", i, anyColour))).toEqual([
      "red",
      "lime",
      paletteColour("dark", 2),
    ]);
    expect(fillColour(own, "dark", 0, anyColour)).toBe("blue");
  });

  it("are never anything but a colour", () => {
    const bad = [
      "var(--ink)",
      "url(https://example.org/x.png)",
      "inherit",
      "currentColor",
      "red; background: url(x)",
      "env(x)",
      "",
      "x".repeat(1_000),
      42,
      null,
    ];
    for (const text of bad) expect(isColour(text, anyColour), String(text)).toBe(false);
    expect(isColour("no colour", () => false)).toBe(false);
    for (const text of ["#3e95cd", "rgb(1 2 3 / 50%)", "mediumorchid"]) expect(isColour(text, anyColour)).toBe(true);
  });

  it("of the palette repeat, and stand out from the ground", () => {
    expect(paletteColour("light", PALETTE.light.length)).toBe(PALETTE.light[0]);
    const luminance = (hex: string): number => {
      const [r, g, b] = [1, 3, 5].map((i) => {
        const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a: string, b: string): number => {
      const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
      return (high + 0.05) / (low + 0.05);
    };
    for (const colour of PALETTE.dark) expect(contrast(colour, "#111820"), colour).toBeGreaterThan(3);
    for (const colour of PALETTE.light) expect(contrast(colour, "#ffffff"), colour).toBeGreaterThan(3);
  });
});

describe("levels", () => {
  const colours = { warn: "yellow", alarm: "red" };
  it("rise, and the highest is an alarm", () => {
    const levels = levelsOf(spec({ thresholds: [{ value: 90 }, { value: 70, name: "busy" }] }), colours, anyColour);
    expect(levels.map((level) => [level.value, level.colour])).toEqual([
      [70, "yellow"],
      [90, "red"],
    ]);
    expect(levelAt(levels, 69)).toBeUndefined();
    expect(levelAt(levels, 70)?.name).toBe("busy");
    expect(levelAt(levels, 1_000)?.value).toBe(90);
    expect(levelAt(levels, Number.NaN)).toBeUndefined();
  });

  it("without a number are none", () => {
    const odd = [{ value: Number.NaN }, { value: "x" }, null] as never;
    expect(levelsOf(spec({ thresholds: odd }), colours)).toEqual([]);
  });
});

describe("types", () => {
  it("say what form samples have and how many are shown", () => {
    expect([shapeOf("line"), shapeOf("gauge"), shapeOf("scatter"), shapeOf("constructor")]).toEqual([
      "series",
      "series",
      "values",
      "values",
    ]);
    expect(shownSamples(spec({ active_points: 20 }))).toBe(20);
    expect(shownSamples(spec({ active_points: 0 }))).toBe(300);
    expect(shownSamples(spec({ active_points: 1e9 }))).toBe(200_000);
    expect(shownSamples(spec({ type: "toString" }))).toBe(100);
  });
});
