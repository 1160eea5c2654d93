/**
 * The colours that canvases need, read from the same CSS tokens as everything else, so that there is one place to change them.
 */
import type { ThemeName } from "./palette";

export interface Theme {
  name: ThemeName;
  ink: string;
  inkSoft: string;
  grid: string;
  surface: string;
  ground: string;
  accent: string;
  warn: string;
  alarm: string;
  gap: string;
  font: string;
}

const TOKENS = {
  ink: "--ink",
  inkSoft: "--ink-3",
  grid: "--grid",
  surface: "--surface",
  ground: "--ground",
  accent: "--accent",
  warn: "--warn",
  alarm: "--alarm",
  gap: "--gap",
} as const;

/** Resolves the tokens for the theme that is on. `light-dark()` resolves only where a colour is used, hence the probe. */
export function readTheme(root: HTMLElement, name: ThemeName): Theme {
  const probe = document.createElement("span");
  probe.hidden = true;
  root.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const colours = Object.fromEntries(Object.entries(TOKENS).map(([key, token]) => [key, read(token)]));
  const font = getComputedStyle(root).fontFamily;
  probe.remove();
  return { name, font, ...(colours as Record<keyof typeof TOKENS, string>) };
}

const alphaCache = new Map<string, string>();
let pixel: CanvasRenderingContext2D | null | undefined;

/** Any CSS colour with its opacity multiplied: the browser itself parses it. */
export function withAlpha(colour: string, alpha: number): string {
  const key = `${alpha} ${colour}`;
  const known = alphaCache.get(key);
  if (known !== undefined) return known;
  if (pixel === undefined) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    pixel = canvas.getContext("2d", { willReadFrequently: true });
  }
  if (!pixel) return colour;
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = "#000";
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
  const mixed = `rgba(${r},${g},${b},${(((a ?? 255) / 255) * alpha).toFixed(3)})`;
  // Publishers choose colours freely, and a board may run for weeks.
  if (alphaCache.size > 500) alphaCache.clear();
  alphaCache.set(key, mixed);
  return mixed;
}
