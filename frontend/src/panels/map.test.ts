/** Markers, their trails, and the outlines under them. */
import { describe, expect, it } from "vitest";
import { cornersOf, MOST_MARKERS, Trails, trailPieces } from "./map-trails";
import { outlines, unpack } from "./world";

describe("markers", () => {
  it("of the same name in a later sample are the same, and leave a trail", () => {
    const trails = new Trails(3);
    for (let lat = 1; lat <= 5; lat++)
      trails.take({
        data: [
          { lat, lng: 10, name: "ship" },
          { lat: 0, lng: 0, name: "buoy" },
        ],
      });
    expect(trails.markers.map((marker) => marker.name)).toEqual(["ship", "buoy"]);
    expect(trails.markers[0]).toMatchObject({ lat: 5, lng: 10 });
    expect(trails.markers[0]?.trail.map((place) => place.lat)).toEqual([3, 4, 5]);
    expect(trails.markers[1]?.trail, "who stands still leaves none").toHaveLength(1);
  });

  it("that are not named any more are gone", () => {
    const trails = new Trails(9);
    trails.take({ data: [{ lat: 1, lng: 1, name: "a" }] });
    trails.take({ data: [{ lat: 2, lng: 2, name: "b" }] });
    expect(trails.markers.map((marker) => marker.name)).toEqual(["b"]);
  });

  it("without a name, or of one name, are told apart by their order", () => {
    const trails = new Trails(9);
    trails.take({
      data: [
        { lat: 1, lng: 1 },
        { lat: 2, lng: 2 },
        { lat: 3, lng: 3, name: "x" },
        { lat: 4, lng: 4, name: "x" },
      ],
    });
    expect(new Set(trails.markers.map((marker) => marker.key)).size).toBe(4);
  });

  it("survive what is no marker", () => {
    const trails = new Trails(9);
    for (const odd of [
      null,
      "x",
      5,
      [],
      { data: "no" },
      { data: [null, 5, {}, { lat: "1", lng: 2 }, { lat: Number.NaN, lng: 1 }] },
    ]) {
      trails.take(odd);
    }
    expect(trails.markers).toEqual([]);
    trails.take({ data: [{ lat: 500, lng: 2, name: "__proto__" }] });
    expect(trails.markers).toMatchObject([{ lat: 90, name: "__proto__" }]);
    trails.take({ data: Array.from({ length: MOST_MARKERS + 5 }, (_, i) => ({ lat: 1, lng: i / 1000 })) });
    expect(trails.markers).toHaveLength(MOST_MARKERS);
  });

  it("come with the view that the publisher wants", () => {
    const trails = new Trails(9);
    trails.take({ center: { lat: 41.4, lng: 2.17 }, zoom: 4, data: [] });
    expect(trails.view).toEqual({ center: { lat: 41.4, lng: 2.17 }, zoom: 4 });
    trails.take({ data: [] });
    expect(trails.view).toBeUndefined();
  });

  it("have corners", () => {
    expect(
      cornersOf([
        { lat: 1, lng: 9 },
        { lat: -3, lng: 4 },
      ]),
    ).toEqual([
      [-3, 4],
      [1, 9],
    ]);
    expect(cornersOf([])).toBeUndefined();
  });
});

it("a trail over the edge of the map is cut there", () => {
  const trail = [178, 179, -179, -178].map((lng) => ({ lat: 0, lng }));
  expect(trailPieces(trail).map((piece) => piece.map((place) => place.lng))).toEqual([
    [178, 179],
    [-179, -178],
  ]);
});

describe("the outlines", () => {
  it("are steps from point to point", () => {
    expect(unpack([100, 200, -50, 25], 100)).toEqual([
      [2, 1],
      [2.25, 0.5],
    ]);
  });

  it("stay on the map, and no line leaps across it", () => {
    const { land, borders } = outlines();
    expect(land.length).toBeGreaterThan(300);
    for (const line of [...land, ...borders]) {
      for (const [i, [lat, lng]] of line.entries()) {
        expect(Math.abs(lng)).toBeLessThanOrEqual(180);
        expect(Math.abs(lat)).toBeLessThanOrEqual(90);
        const before = line[i - 1];
        // Along the pole a shape may: nobody sees it there.
        if (before && Math.abs(lat) < 84) expect(Math.abs(lng - before[1]), `at ${lat}, ${lng}`).toBeLessThan(90);
      }
    }
  });
});
