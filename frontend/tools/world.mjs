/**
 * Makes `src/panels/world.json`, the outlines under the map, from the `world-atlas` package: `npm run world`.
 *
 * The atlas stores polygons on the sphere, without cuts: drawn flat, Russia and Fiji become bands around the world. So each shape goes through
 * a plate carrée with d3-geo's cut at the antimeridian. Borders are thinned to what a screen shows at zoom 6, and stored as whole hundredths
 * of a degree, each point as the step from the one before it: a third of the size of GeoJSON.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoEquirectangular, geoStream } from "d3-geo";
import { feature, mesh } from "topojson-client";
import { presimplify, simplify, sphericalTriangleArea } from "topojson-simplify";

/** Of a sphere of radius 1: triangles smaller than this are left out. */
const LEAST_AREA = 2.6e-6;
/** Islands smaller than this (square degrees) are left out, too. */
const LEAST_ISLAND = 0.012;
const STEPS_A_DEGREE = 100;
const BUDGET = 150 * 1024;

const file = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
const atlas = simplify(presimplify(JSON.parse(readFileSync(file, "utf8")), sphericalTriangleArea), LEAST_AREA);

/** Degrees in, degrees out, cut at ±180. Without precision there is no resampling. */
const flat = geoEquirectangular()
  .scale(180 / Math.PI)
  .translate([0, 0])
  .precision(0);

/** All lines of a shape, after the cut. */
function cut(shape) {
  const lines = [];
  let line = [];
  const sink = {
    point: (x, y) => line.push([x, -y]),
    lineStart: () => {
      line = [];
    },
    lineEnd: () => lines.push(line),
    polygonStart: () => {},
    polygonEnd: () => {},
    sphere: () => {},
  };
  geoStream(shape, flat.stream(sink));
  return lines;
}

function area(ring) {
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [x1, y1] = ring[i];
    const [x2, y2] = ring[(i + 1) % ring.length];
    sum += x1 * y2 - x2 * y1;
  }
  return Math.abs(sum / 2);
}

/** `[x, y, dx, dy, dx, dy, ...]` in steps; points that fall on one another become one. */
function packed(line, least) {
  const out = [];
  let [px, py] = [0, 0];
  for (const [x, y] of line) {
    const [ix, iy] = [Math.round(x * STEPS_A_DEGREE), Math.round(y * STEPS_A_DEGREE)];
    if (out.length > 0 && ix === px && iy === py) continue;
    out.push(ix - px, iy - py);
    [px, py] = [ix, iy];
  }
  return out.length >= least * 2 ? out : undefined;
}

const land = cut(feature(atlas, atlas.objects.land))
  .filter((ring) => area(ring) > LEAST_ISLAND)
  .map((ring) => packed(ring, 3))
  .filter(Boolean);
const borders = cut(mesh(atlas, atlas.objects.countries, (a, b) => a !== b))
  .map((line) => packed(line, 2))
  .filter(Boolean);

const text = `${JSON.stringify({ steps: STEPS_A_DEGREE, land, borders })}\n`;
writeFileSync(new URL("../src/panels/world.json", import.meta.url), text);
console.log(`${land.length} shores, ${borders.length} borders, ${(text.length / 1024).toFixed(1)} KB`);
if (text.length > BUDGET) {
  console.error(`more than ${BUDGET / 1024} KB`);
  process.exit(1);
}
