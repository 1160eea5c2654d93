/** Thresholds of a stream: which of its coloured levels a value has reached. */
import type { Spec, Threshold } from "../wire";
import { isColour } from "./palette";

export interface Level {
  value: number;
  colour: string;
  name: string;
}

/** The levels in rising order; without a colour of its own the highest is an alarm, the others a warning. */
export function levelsOf(
  spec: Pick<Spec, "thresholds">,
  colours: { warn: string; alarm: string },
  supports?: (value: string) => boolean,
): Level[] {
  const sorted = [...(spec.thresholds ?? [])]
    .filter((level): level is Threshold => typeof level?.value === "number" && Number.isFinite(level.value))
    .sort((a, b) => a.value - b.value);
  return sorted.map((level, i) => ({
    value: level.value,
    colour: isColour(level.color, supports) ? level.color : i === sorted.length - 1 ? colours.alarm : colours.warn,
    name: level.name ?? "",
  }));
}

/** The highest level that `value` has reached. */
export function levelAt(levels: readonly Level[], value: number): Level | undefined {
  let reached: Level | undefined;
  for (const level of levels) if (value >= level.value) reached = level;
  return reached;
}
