/**
 * What things on a panel are called: its title, its series, its categories. Publishers send names in several places; the rules are here alone.
 */
import type { Spec } from "../wire";
import { clip } from "./format";

export function titleOf(spec: Spec): string {
  const name = spec.name?.trim();
  return clip(name ? name : spec.id, 120);
}

/** Name of series `index` of a chart with `count` series. One unnamed series is called by nothing at all. */
export function seriesName(spec: Spec, index: number, count: number): string {
  const legend = spec.legend?.[index];
  if (legend) return clip(legend, 80);
  return count === 1 ? "" : `series ${index + 1}`;
}

/**
 * Names of categories for `count` values of one sample, or undefined if the values are series and not categories.
 *
 * `label` with as many names as values names the values; as it has one name in most publishers' code it is the axis' title then.
 */
export function categoryNames(spec: Spec, count: number): string[] | undefined {
  const label = spec.label ?? [];
  if (count > 1 && label.length === count) return label.map((name) => clip(name, 60));
  return undefined;
}

/** Names for the parts of a whole (pie and its kind): legend first, label next, numbers for what has no name. */
export function partNames(spec: Spec, count: number): string[] {
  const legend = spec.legend ?? [];
  const label = spec.label ?? [];
  const names = legend.length >= count || legend.length >= label.length ? legend : label;
  return Array.from({ length: count }, (_, i) => clip(names[i] || `part ${i + 1}`, 60));
}

/** Title of the value axis. */
export function axisTitle(spec: Spec): string {
  return spec.label?.length === 1 ? clip(spec.label[0] ?? "", 60) : "";
}
