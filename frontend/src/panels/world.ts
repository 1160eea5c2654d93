/** The outlines under the map, unpacked: made by `tools/world.mjs`, in a file of their own, so that nobody without a map loads them. */
import packed from "./world.json";

/** Points as `[lat, lng]`. */
export type Line = [number, number][];

export function unpack(line: readonly number[], steps: number): Line {
  const points: Line = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i + 1 < line.length; i += 2) {
    x += line[i] as number;
    y += line[i + 1] as number;
    points.push([y / steps, x / steps]);
  }
  return points;
}

let world: { land: Line[]; borders: Line[] } | undefined;

/** Unpacked once for all maps. */
export function outlines(): { land: Line[]; borders: Line[] } {
  world ??= {
    land: packed.land.map((line) => unpack(line, packed.steps)),
    borders: packed.borders.map((line) => unpack(line, packed.steps)),
  };
  return world;
}
