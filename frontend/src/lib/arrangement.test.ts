import { describe, expect, it } from "vitest";
import { changed, PLAIN, readArrangement, same, writeArrangement } from "./arrangement";

describe("an arrangement", () => {
  it("is the same after it was kept and read", () => {
    const made = readArrangement({
      panels: {
        cpu: { window_seconds: 60, log: true, hidden_series: ["idle"] },
        log: { filter: "disk full", level: "error" },
      },
      types: ["line", "text"],
      of_groups: ["", "Weather"],
      places: { cpu: { x: 6, y: 0, w: 6, h: 8 } },
      hidden: ["noise"],
      only: ["cpu"],
      groups: "tabs",
      theme: "dark",
      window_seconds: 300,
    });
    expect(made.follow).toEqual({ ms: 300_000 });
    const again = readArrangement(JSON.parse(JSON.stringify(writeArrangement(made))));
    expect(again).toEqual(made);
    expect(same(made, again)).toBe(true);
    expect(same(made, PLAIN)).toBe(false);
  });

  it("keeps how a table is sorted and where a map was left, if they are whole", () => {
    const sort = { column: "load", falling: true };
    const view = { lat: 48.1, lng: 11.5, zoom: 6.25 };
    const panels = {
      whole: { sort, view },
      halves: { sort: { column: "load" }, view: { ...view, zoom: 99 }, level: "loud" },
    };
    expect([...readArrangement({ panels }).panels]).toEqual([["whole", { sort, view }]]);
  });

  it("differs when the board follows something else", () => {
    const points = readArrangement({ window_points: 500 });
    expect(points.follow).toEqual({ samples: 500 });
    expect(writeArrangement(points)).toEqual({ window_points: 500 });
    expect(same(points, PLAIN)).toBe(false);
    expect(same(readArrangement({ window_points: 1 }), PLAIN)).toBe(true);
  });

  it("that is plain keeps nothing", () => {
    expect(writeArrangement(PLAIN)).toEqual({});
  });

  it("leaves out what does not fit and keeps the rest", () => {
    const made = readArrangement({
      panels: { a: { window_seconds: -1, log: "yes", fit: "actual", unheard: 1 }, b: 7, c: { window_points: 1.5 } },
      places: { a: { x: 12, y: 0, w: 1, h: 1 }, b: { x: 0, y: 0, w: 4, h: 6 }, c: null },
      hidden: ["x", 5],
      groups: "carousel",
      theme: "beige",
    });
    expect([...made.panels]).toEqual([["a", { fit: "actual" }]]);
    expect([...made.places.keys()]).toEqual(["b"]);
    expect([...made.hidden]).toEqual(["x"]);
    expect(made.groups).toBe("sections");
    expect(made.theme).toBeUndefined();
  });

  it.each([null, undefined, 5, "text", [], [[]]])("is plain when what was kept is %j", (kept) => {
    expect(same(readArrangement(kept), PLAIN)).toBe(true);
  });

  it("takes a stream that is called __proto__ like any other", () => {
    const made = readArrangement(JSON.parse('{"panels": {"__proto__": {"log": true}}}'));
    expect(made.panels.get("__proto__")).toEqual({ log: true });
    expect(JSON.stringify(writeArrangement(made))).toBe('{"panels":{"__proto__":{"log":true}}}');
    expect(({} as { log?: boolean }).log).toBeUndefined();
  });
});

describe("a change to a panel's settings", () => {
  it("keeps the others, and null takes one back", () => {
    expect(changed({ log: true, colormap: "viridis" }, { log: null, fit: "fit" })).toEqual({
      colormap: "viridis",
      fit: "fit",
    });
    expect(changed({ log: true }, { log: null })).toBeUndefined();
  });

  it("that makes no sense changes nothing", () => {
    expect(changed({ window_points: 50 }, { window_points: Number.NaN })).toBeUndefined();
    expect(changed(undefined, { window_seconds: 0 })).toBeUndefined();
  });
});
