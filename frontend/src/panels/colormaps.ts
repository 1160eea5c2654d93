/**
 * Colours for values: maps that are even to the eye (a step in the value looks like the same step everywhere), from dark to bright, most of
 * them readable for colour-blind eyes. Sixteen stops each; between them the colours are mixed.
 */

const STOPS = {
  viridis:
    "440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725",
  magma:
    "000004 0b0924 20114b 3b0f70 57157e 721f81 8c2981 a8327d c43c75 de4968 f1605d fa7f5e fe9f6d febf84 fddea0 fcfdbf",
  inferno:
    "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4",
  cividis:
    "002051 022c65 14386d 2b446e 42506e 575c6e 696970 787573 868276 948f78 a49d78 b6ab73 caba6a e0c95d f2d950 fdea45",
  turbo:
    "23171b 4a41b5 426ff2 2f9df5 25c6d8 2ee5ae 4df884 7bfe5f aff444 dedd32 feb927 ff8e1f f65f18 d0330e a51403 900c00",
  "blue-red":
    "053061 185490 2d75b1 4b94c4 77b3d5 a6cfe3 cde3ee e9eff2 f7ebe4 fbd7c4 f6b69a e98d71 d55f50 bc3238 971228 67001f",
  greys:
    "0e0e0e 1c1c1c 2b2b2b 3a3a3a 4a4a4a 5a5a5a 6a6a6a 7b7b7b 8c8c8c 9d9d9d aeaeae c0c0c0 d1d1d1 e2e2e2 f0f0f0 ffffff",
} as const;

export type ColormapName = keyof typeof STOPS;

export const COLORMAPS = Object.keys(STOPS) as ColormapName[];

export function isColormap(name: unknown): name is ColormapName {
  return typeof name === "string" && Object.hasOwn(STOPS, name);
}

const SIZE = 256;

export interface Colormap {
  /** 256 colours as the four bytes of a pixel, opaque. */
  readonly pixels: Uint32Array;
  /** The same as CSS. */
  readonly css: readonly string[];
}

const made = new Map<ColormapName, Colormap>();

export function colormap(name: ColormapName): Colormap {
  const known = made.get(name);
  if (known) return known;
  const stops = STOPS[name].split(" ").map((hex) => Number.parseInt(hex, 16));
  const bytes = new Uint8ClampedArray(SIZE * 4);
  const css: string[] = [];
  for (let i = 0; i < SIZE; i++) {
    const place = (i / (SIZE - 1)) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    const share = place - from;
    const [a, b] = [stops[from] as number, stops[from + 1] as number];
    for (let channel = 0; channel < 3; channel++) {
      const shift = 16 - channel * 8;
      bytes[i * 4 + channel] = ((a >> shift) & 255) * (1 - share) + ((b >> shift) & 255) * share;
    }
    bytes[i * 4 + 3] = 255;
    css.push(`rgb(${bytes[i * 4]},${bytes[i * 4 + 1]},${bytes[i * 4 + 2]})`);
  }
  const map = { pixels: new Uint32Array(bytes.buffer), css };
  made.set(name, map);
  return map;
}

/** Where in the map's 256 colours a value between `low` and `high` lies; a map of its logarithm if `log`. */
export function colourScale(low: number, high: number, log = false): (value: number) => number {
  if (log && low > 0 && high > low) {
    const floor = Math.log(low);
    const factor = (SIZE - 1) / (Math.log(high) - floor);
    return (value) => (value <= low ? 0 : Math.min(SIZE - 1, Math.round((Math.log(value) - floor) * factor)));
  }
  const factor = high > low ? (SIZE - 1) / (high - low) : 0;
  return (value) => Math.max(0, Math.min(SIZE - 1, Math.round((value - low) * factor)));
}
