/** The Chart.js configuration that a `custom` stream means: from its sample, from its spec, or from both. Copied as plain data. */
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
