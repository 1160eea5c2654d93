/** The Chart.js configuration that a `custom` stream means: from its sample, from its spec, or from both. Copied as plain data. */
import { paletteColour, type ThemeName } from "../lib/palette";
import { isRecord, plainCopy } from "../lib/sanitise";

export interface CustomConfig {
  type: string;
  data: { labels?: unknown[]; datasets: Record<string, unknown>[] };
  options: Record<string, unknown>;
}

/**
 * The configuration to draw: the sample's own if it is one, else the spec's with the sample's data put in. A list is the first data
 * set's data, a list of lists one list a data set, an object `{labels?, datasets?}` replaces what it names.
 */
export function customConfig(config: unknown, value: unknown): CustomConfig | undefined {
  const sample = plainCopy(value);
  if (isRecord(sample) && typeof sample.type === "string" && isRecord(sample.data)) return complete(sample);
  if (isRecord(sample) && isRecord(sample.config)) return complete(sample.config);
  const base = plainCopy(config);
  if (!isRecord(base)) return undefined;
  const found = complete(base);
  if (found === undefined) return undefined;
  if (isRecord(sample)) {
    if (Array.isArray(sample.labels)) found.data.labels = sample.labels;
    if (Array.isArray(sample.datasets)) {
      found.data.datasets = sample.datasets.filter(isRecord).map((set, i) => ({ ...found.data.datasets[i], ...set }));
    }
  } else if (Array.isArray(sample)) {
    const nested = sample.length > 0 && sample.every((item) => Array.isArray(item) && !isPair(item));
    const lists = nested ? (sample as unknown[][]) : [sample];
    lists.forEach((list, i) => {
      found.data.datasets[i] = { ...found.data.datasets[i], data: list };
    });
  }
  return found;
}

/** Types whose one data set has a colour for each value. */
const ROUND: ReadonlySet<unknown> = new Set(["pie", "doughnut", "polarArea"]);

/** Data sets that name no colour have the board's: a grey of ten percent, as Chart.js has it, can't be seen at night. */
export function coloured(config: CustomConfig, theme: ThemeName): CustomConfig {
  const { backgroundColor, borderColor, elements } = config.options;
  if (backgroundColor !== undefined || borderColor !== undefined || elements !== undefined) return config;
  const datasets = config.data.datasets.map((set, i) => {
    if (set.backgroundColor !== undefined || set.borderColor !== undefined) return set;
    const type = set.type ?? config.type;
    const colour = paletteColour(theme, i);
    if (!ROUND.has(type))
      return { ...set, borderColor: colour, backgroundColor: type === "bar" ? colour : `${colour}66` };
    const values = Array.isArray(set.data) ? set.data : [];
    return { ...set, backgroundColor: values.map((_, k) => paletteColour(theme, k)), borderWidth: 0 };
  });
  return { ...config, data: { ...config.data, datasets } };
}

/** `[x, y]` is a point, not a data set. */
function isPair(item: unknown[]): boolean {
  return item.length === 2 && item.every((part) => typeof part === "number");
}

function complete(config: Record<string, unknown>): CustomConfig | undefined {
  if (typeof config.type !== "string") return undefined;
  const data = isRecord(config.data) ? config.data : {};
  const sets = Array.isArray(data.datasets) ? data.datasets.filter(isRecord) : [];
  return {
    type: config.type,
    data: { ...(Array.isArray(data.labels) ? { labels: data.labels } : {}), datasets: sets },
    options: isRecord(config.options) ? config.options : {},
  };
}
