/** The box in space: where points fall, and what is taken from publishers' values. */
import { describe, expect, it } from "vitest";
import { FIRST_ORBIT, Lens, placeUnder, type Range, ticksOf, turned, within } from "./space";
import { MOST_LINES, MOST_POINTS, newestPoints3, readSurface } from "./space-values";

const RANGES: [Range, Range, Range] = [
  [0, 10],
  [-5, 5],
  [100, 200],
];

describe("a lens", () => {
  it("keeps the whole box in its panel, however it is turned", () => {
    for (let yaw = 0; yaw < 6.3; yaw += 0.3) {
      for (const pitch of [0, 0.4, 1.2]) {
        const lens = new Lens({ yaw, pitch, zoom: 1 }, RANGES, 340, 260);
        for (const corner of [0, 1, 2, 3, 4, 5, 6, 7]) {
          const { x, y } = lens.place(corner & 1 ? 1 : -1, corner & 2 ? 1 : -1, corner & 4 ? 1 : -1);
          expect(x).toBeGreaterThan(0);
          expect(x).toBeLessThan(340);
          expect(y).toBeGreaterThan(0);
          expect(y).toBeLessThan(260);
        }
      }
    }
  });

  it("puts the middle of the ranges into the middle, and higher values higher", () => {
    const lens = new Lens(FIRST_ORBIT, RANGES, 400, 300);
    const { x, y } = lens.point(5, 0, 150);
    expect(x).toBe(200);
    expect(Math.abs(y - 150)).toBeLessThan(30);
    expect(lens.point(5, 0, 190).y).toBeLessThan(y - 20);
  });

  it("keeps what lies outside of its ranges at the box's side: far enough out it would be behind the eye", () => {
    const lens = new Lens(FIRST_ORBIT, RANGES, 400, 300);
    expect(lens.point(5, 0, 1e9)).toEqual(lens.point(5, 0, 200));
    expect(lens.point(-1.7e308, 0, 150).size).toBeGreaterThan(0);
  });

  it("knows which sides are far", () => {
    for (const yaw of [0.3, 2, 4, 5.5]) {
      const lens = new Lens({ yaw, pitch: 0.3, zoom: 1 }, RANGES, 400, 300);
      const { far } = lens;
      expect(lens.place(far.x, 0, 0).depth).toBeGreaterThan(lens.place(-far.x, 0, 0).depth);
      expect(lens.place(0, far.y, 0).depth).toBeGreaterThan(lens.place(0, -far.y, 0).depth);
    }
  });

  it("can't be turned upside down or lost in the distance", () => {
    expect(turned(FIRST_ORBIT, 0, 99).pitch).toBeLessThan(Math.PI / 2);
    expect(turned(FIRST_ORBIT, 0, -99).pitch).toBeGreaterThan(-0.1);
    expect(turned(FIRST_ORBIT, 0, 0, 1e9).zoom).toBe(4);
  });
});

it("ticks are round numbers within the range", () => {
  expect(ticksOf([0, 10])).toEqual([0, 2, 4, 6, 8, 10]);
  expect(ticksOf([-0.31, 0.3], 3)).toEqual([-0.25, 0, 0.25]);
  expect(within(3, [3, 3])).toBe(0);
});

it("under a pointer is the nearest place, and of two on one another the one in front", () => {
  const places = [
    { x: 10, y: 10, depth: 3, size: 1 },
    { x: 10, y: 10, depth: 1, size: 1 },
    { x: 40, y: 10, depth: 1, size: 1 },
  ];
  expect(placeUnder({ x: 12, y: 10 }, places, 10)).toBe(1);
  expect(placeUnder({ x: 38, y: 12 }, places, 10)).toBe(2);
  expect(placeUnder({ x: 25, y: 10 }, places, 10)).toBe(-1);
});

describe("points in space", () => {
  it("come one or many a sample, and the newest stay", () => {
    expect(
      newestPoints3(
        [
          [[1, 1, 1]],
          [2, 2, 2],
          [
            [3, 3, 3],
            [4, 4, 4],
          ],
        ],
        3,
      ),
    ).toEqual([
      [2, 2, 2],
      [3, 3, 3],
      [4, 4, 4],
    ]);
  });

  it("that are none are left out, and there is an end to them", () => {
    expect(newestPoints3([null, "x", [[1, 2]], [[1, 2, "3"]], [[1, 2, null]]], 9)).toEqual([]);
    expect(newestPoints3([Array.from({ length: MOST_POINTS + 9 }, () => [1, 2, 3])], 1e6)).toHaveLength(MOST_POINTS);
  });
});

describe("a surface", () => {
  it("is thinned with its ends kept", () => {
    const surface = readSurface(Array.from({ length: 300 }, (_, row) => Array.from({ length: 5 }, () => row)));
    expect(surface?.rowsAt).toHaveLength(MOST_LINES);
    expect([surface?.rowsAt[0], surface?.rowsAt.at(-1)]).toEqual([0, 299]);
    expect(surface?.heights.at(-1)).toBe(299);
    expect(surface?.colsAt).toEqual([0, 1, 2, 3, 4]);
  });

  it("has holes where there is no number, and needs two lines each way", () => {
    expect([...(readSurface([[1, null], [3]])?.heights ?? [])]).toEqual([1, Number.NaN, 3, Number.NaN]);
    for (const odd of [null, 5, [], [[1, 2]], [[1], [2]], ["a", "b"]]) expect(readSurface(odd)).toBeUndefined();
  });
});
