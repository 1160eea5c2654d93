/**
 * Colours of series: the publisher's own where they are real colours, else a set that stays apart on both grounds (and for colour-blind eyes,
 * by alternating light and dark).
 */
import type { Spec } from "../wire";

export type ThemeName = "dark" | "light";

/** Each has 3:1 against its panel's ground. */
export const PALETTE: Record<ThemeName, readonly string[]> = {
  dark: ["#4cb5f5", "#ff9640", "#3ed6a7", "#f278b5", "#e9cf55", "#a58cff", "#8fd35a", "#ff6f61", "#62d9ea", "#c9a27e"],
  light: ["#1673c8", "#d9570a", "#0b8a67", "#bf2d7d", "#987200", "#6a45d0", "#4b8210", "#cc3226", "#0a7f95", "#85603c"],
};

/** A colour longer than this is no colour. */
const LONGEST_COLOUR = 64;

/** Whether text from a publisher is a plain colour: what depends on its surroundings or could refer to anything else is not. */
export function isColour(
  text: unknown,
  supports: (value: string) => boolean = (value) => CSS.supports("color", value),
): text is string {
  if (typeof text !== "string" || text.length === 0 || text.length > LONGEST_COLOUR) return false;
  if (/var\s*\(|env\s*\(|url\s*\(|attr\s*\(|[;{}\\]/i.test(text)) return false;
  if (/^\s*(inherit|initial|unset|revert(-layer)?|currentcolor)\s*$/i.test(text)) return false;
  return supports(text);
}

export function paletteColour(theme: ThemeName, index: number): string {
  const colours = PALETTE[theme];
  return colours[index % colours.length] as string;
}

/** The colour of series `index`: `borderColor`, then `backgroundColor`, then the palette. */
export function seriesColour(
  spec: Spec,
  theme: ThemeName,
  index: number,
  supports?: (value: string) => boolean,
): string {
  for (const list of [spec.borderColor, spec.backgroundColor]) {
    const asked = list?.[index];
    if (isColour(asked, supports)) return asked;
  }
  return paletteColour(theme, index);
}

/** The filled colour of series or slice `index`: as `seriesColour`, but the background comes first. */
export function fillColour(spec: Spec, theme: ThemeName, index: number, supports?: (value: string) => boolean): string {
  for (const list of [spec.backgroundColor, spec.borderColor]) {
    const asked = list?.[index];
    if (isColour(asked, supports)) return asked;
  }
  return paletteColour(theme, index);
}
