import { describe, expect, it } from "vitest";
import type { PanelPlace } from "../wire";
import { COLUMNS } from "./arrangement";
import { abreast, naturalSize, rowHeight, type Size } from "./layout";
import { flow, inOrder, moved, type Places, rowsOf, withNewcomers } from "./places";

const usual: Size = { w: 3, h: 6 };
const some = (count: number, size: Size = usual): [string, Size][] =>
  Array.from({ length: count }, (_, i) => [`p${i}`, size]);

/** A picture of the grid: a letter a panel, a dot a free cell. Fails where two panels overlap. */
function picture(places: Places): string {
  const rows = Array.from({ length: rowsOf(places.values()) }, () => new Array<string>(COLUMNS).fill("."));
  for (const [id, { x, y, w, h }] of places) {
    for (let row = y; row < y + h; row++) {
      for (let column = x; column < x + w; column++) {
        expect(rows[row]?.[column], `${id} overlaps at ${column}, ${row}`).toBe(".");
        (rows[row] as string[])[column] = id.at(-1) as string;
      }
    }
  }
  return rows.map((row) => row.join("")).join("\n");
}

/** The same, one line for every row that differs from the one above. */
const outline = (places: Places) =>
  picture(places)
    .split("\n")
    .filter((row, i, all) => row !== all[i - 1]);

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("panels that arrange themselves", () => {
  it("stand side by side, and the last ones share their row", () => {
    expect(outline(flow(some(4)))).toEqual(["000111222333"]);
    expect(outline(flow(some(6)))).toEqual(["000111222333", "444444555555"]);
    expect(outline(flow(some(7)))).toEqual(["000111222333", "444455556666"]);
    expect(outline(flow(some(5)))).toEqual(["000111222333", "444444444444"]);
  });

  it("fill holes with what fits", () => {
    const places = flow([
      ["a", { w: 3, h: 6 }],
      ["b", { w: 12, h: 6 }],
      ["c", { w: 3, h: 3 }],
      ["d", { w: 3, h: 3 }],
      ["e", { w: 3, h: 6 }],
    ]);
    expect(outline(places)).toEqual(["aaacccdddeee", "bbbbbbbbbbbb"]);
  });

  it("never overlap and leave no row empty, whatever their sizes", () => {
    const next = random(7);
    for (let round = 0; round < 40; round++) {
      const sizes = Array.from({ length: 60 }, (_, i): [string, Size] => [
        `p${i}`,
        { w: 1 + Math.floor(next() * 12), h: 1 + Math.floor(next() * 8) },
      ]);
      const rows = picture(flow(sizes)).split("\n");
      expect(rows.every((row) => /[^.]/.test(row))).toBe(true);
    }
  }, 60_000);

  it("a thousand of them are placed in a moment", () => {
    const began = performance.now();
    expect(flow(some(1_000)).size).toBe(1_000);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("a panel moved by hand", () => {
  const four = flow(some(4));
  const place = (places: Places, id: string) => places.get(id) as PanelPlace;

  it("goes where it is put, and what is there gives way", () => {
    const after = moved(four, "p0", { x: 3, y: 0, w: 3, h: 6 });
    expect(outline(after)).toEqual(["...000222333", "...111......"]);
  });

  it("changes places with a panel once it has passed its middle", () => {
    const two = flow(some(2, { w: 12, h: 6 }));
    expect(outline(moved(two, "p0", { ...place(two, "p0"), y: 2 }))).toEqual(["000000000000", "111111111111"]);
    expect(outline(moved(two, "p0", { ...place(two, "p0"), y: 9 }))).toEqual(["111111111111", "000000000000"]);
    expect(outline(moved(two, "p1", { ...place(two, "p1"), y: 2 }))).toEqual(["111111111111", "000000000000"]);
  });

  it("pushes others down when it grows, and they come up again when it shrinks", () => {
    const six = flow(some(8));
    const grown = moved(six, "p0", { x: 0, y: 0, w: 6, h: 9 });
    expect(place(grown, "p1").y).toBe(9);
    const shrunk = moved(grown, "p0", { x: 0, y: 0, w: 3, h: 6 });
    expect(place(shrunk, "p1").y).toBe(0);
    expect(outline(shrunk)).toEqual(outline(six));
  });

  it("stays inside of the grid", () => {
    expect(place(moved(four, "p3", { x: 40, y: -3, w: 3, h: 6 }), "p3")).toEqual({ x: 9, y: 0, w: 3, h: 6 });
    expect(place(moved(four, "p3", { x: -2, y: 0, w: 99, h: 0 }), "p3")).toMatchObject({ x: 0, w: 12, h: 1 });
  });

  it("never makes panels overlap, whatever is done", () => {
    const next = random(11);
    let places: Places = flow(some(40));
    for (let step = 0; step < 400; step++) {
      const id = `p${Math.floor(next() * 40)}`;
      places = moved(places, id, {
        x: Math.floor(next() * 14) - 1,
        y: Math.floor(next() * 70) - 2,
        w: 1 + Math.floor(next() * 12),
        h: 1 + Math.floor(next() * 10),
      });
      expect(places.size).toBe(40);
    }
    picture(places);
  });
});

describe("places that were kept", () => {
  it("close up where a panel is gone, and take newcomers where they fit", () => {
    const kept = moved(flow(some(5)), "p4", { x: 0, y: 6, w: 6, h: 6 });
    const now = withNewcomers(kept, [...some(5).filter(([id]) => id !== "p0"), ["n", usual]]);
    expect(outline(now)).toEqual(["nnn111222333", "444444......"]);
  });

  it("that overlap, as a damaged copy may, are put right", () => {
    const same = { x: 0, y: 0, w: 6, h: 6 };
    const now = withNewcomers(
      new Map([
        ["a", same],
        ["b", same],
        ["c", { x: 10, y: 3, w: 12, h: 2 }],
      ]),
      [
        ["a", usual],
        ["b", usual],
        ["c", usual],
      ],
    );
    picture(now);
    expect(inOrder(now).map(([id]) => id)).toEqual(["a", "c", "b"]);
  });
});

describe("natural sizes", () => {
  it("share the board's width among a few panels, and follow it", () => {
    expect(abreast(370, 9)).toBe(1);
    expect(abreast(1_408, 1)).toBe(1);
    expect(abreast(1_408, 2)).toBe(2);
    expect(abreast(1_408, 9)).toBe(4);
    expect(abreast(1_888, 9)).toBe(6);
    expect(abreast(1_888, 5)).toBe(4);
  });

  it("come from the type and the publisher's hints, in panels or in pixels", () => {
    expect(naturalSize({ type: "line" }, 4, 1_408)).toEqual({ w: 3, h: 6 });
    expect(naturalSize({ type: "stat" }, 4, 1_408)).toEqual({ w: 3, h: 3 });
    expect(naturalSize({ type: "line", width: 2, height: 2 }, 4, 1_408)).toEqual({ w: 6, h: 12 });
    expect(naturalSize({ type: "line", width: 700 }, 4, 1_408)).toEqual({ w: 6, h: 6 });
    expect(naturalSize({ type: "line", width: 5_000, height: 90_000 }, 4, 1_408)).toEqual({ w: 12, h: 24 });
    expect(naturalSize({ type: "heatmap", width: 100, height: 100 }, 4, 1_408)).toEqual({ w: 3, h: 6 });
    expect(naturalSize({ type: "line", width: -5, height: Number.NaN }, 1, 370)).toEqual({ w: 12, h: 6 });
    expect(naturalSize({ type: "constructor" }, 2, 800)).toEqual({ w: 6, h: 6 });
  });

  it("fill the screen with a few rows, and scroll with many", () => {
    expect(rowHeight(800, 6)).toBe(121);
    expect(rowHeight(800, 12)).toBe(54);
    expect(rowHeight(800, 60)).toBe(38);
  });
});
