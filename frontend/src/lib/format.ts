/**
 * Numbers, units and times as text, the same in every panel. Written by hand since it runs for each label of each frame, where `Intl` is slow.
 */

/** Units that take SI prefixes upwards, and those that also take them downwards. Nobody writes "k%" or "ks". */
const SCALED_UP = new Set(
  "B B/s b b/s bit bit/s bps Hz W Wh V A J N Pa m g F Ω ohm C l L op/s req/s msg/s msgs/s samples/s pps /s".split(" "),
);
const SCALED_DOWN = new Set("s V A W m g F J".split(" "));
const UP = ["", "k", "M", "G", "T", "P", "E"];
const DOWN = ["", "m", "µ", "n", "p"];

/** A unit is a few letters; what is longer would push the number out of sight. */
const LONGEST_UNIT = 16;

export interface NumberStyle {
  decimals?: number | null | undefined;
  unit?: string | null | undefined;
}

export interface FormattedNumber {
  /** The digits, with sign and grouping. */
  digits: string;
  /** SI prefix and unit, or "". */
  unit: string;
}

/** A value apart from its unit, so that a panel can set them in different sizes. */
export function formatParts(value: number, style: NumberStyle = {}): FormattedNumber {
  const unit = clip(style.unit ?? "", LONGEST_UNIT);
  if (!Number.isFinite(value)) return { digits: "–", unit: "" };
  const { scaled, prefix } = scale(value, unit);
  return { digits: digits(scaled, decimalsAt(scaled, prefix, style.decimals ?? undefined)), unit: prefix + unit };
}

/** Decimals were asked for of the number itself: of 15,400,000 without any, 15.4 M is left. */
function decimalsAt(scaled: number, prefix: string, asked: number | undefined): number | undefined {
  if (asked === undefined || prefix === "") return asked;
  return Math.max(asked, 2 - Math.floor(Math.log10(Math.abs(scaled))));
}

/** A number among others of its kind, as in a table: without a prefix, which would hide what tells two of them apart. */
export function formatPlain(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return "–";
  const vanishes = decimals !== undefined && value !== 0 && Number(value.toFixed(decimals)) === 0;
  return digits(value, vanishes ? undefined : decimals);
}

/** `41.2`, `12.4 MB/s`, `99 %`. */
export function formatValue(value: number, style: NumberStyle = {}): string {
  const { digits, unit } = formatParts(value, style);
  return unit === "" ? digits : `${digits}\u00a0${unit}`;
}

/** `1420 … 1833` beside a number with the unit `beside`, prefix and all; with units of their own where they are others. */
export function formatRange(low: number, high: number, style: NumberStyle, beside: string): string {
  const from = formatParts(low, style);
  const to = formatParts(high, style);
  if (from.unit === beside && to.unit === beside) return `${from.digits} … ${to.digits}`;
  return `${from.digits}\u00a0${from.unit} … ${to.digits}\u00a0${to.unit}`;
}

function scale(value: number, unit: string): { scaled: number; prefix: string } {
  const size = Math.abs(value);
  // Without a unit a prefix reads oddly, so plain digits go further.
  const least = unit === "" ? 1e7 : 1e4;
  if (size >= least && size < 1e21 && (unit === "" || SCALED_UP.has(unit))) {
    const step = Math.min(UP.length - 1, Math.floor(Math.log10(size) / 3));
    return { scaled: value / 10 ** (step * 3), prefix: UP[step] ?? "" };
  }
  if (size > 0 && size < 0.1 && SCALED_DOWN.has(unit)) {
    const step = Math.min(DOWN.length - 1, Math.ceil(-Math.log10(size) / 3));
    return { scaled: value * 10 ** (step * 3), prefix: DOWN[step] ?? "" };
  }
  return { scaled: value, prefix: "" };
}

function digits(value: number, decimals: number | undefined): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6 && decimals === undefined))
    return value.toExponential(2).replace(/-/g, "−");
  if (decimals !== undefined) return grouped(value.toFixed(Math.min(20, Math.max(0, decimals))));
  if (Number.isInteger(value)) return grouped(String(value));
  // Four digits that matter, three below one: the count does not flicker with trailing zeros, and 9.9999 becomes 10.00.
  if (size >= 9_999.5) return grouped(value.toFixed(0));
  return grouped(size < 1 ? value.toFixed(Math.min(8, 3 - Math.floor(Math.log10(size) + 1))) : value.toPrecision(4));
}

function grouped(text: string): string {
  const point = text.indexOf(".");
  const whole = point < 0 ? text : text.slice(0, point);
  const sign = whole.startsWith("-") ? "-" : "";
  const plain = sign ? whole.slice(1) : whole;
  const minus = sign && /[1-9]/.test(text) ? "−" : "";
  if (plain.length <= 4) return minus + plain + (point < 0 ? "" : text.slice(point));
  return minus + plain.replace(/\B(?=(\d{3})+$)/g, ",") + (point < 0 ? "" : text.slice(point));
}

/** Beyond these a number is a row of zeros: its size is told as a power of ten. */
const SMALLEST_PLAIN = 1e-5;
const LARGEST_PLAIN = 1e21;

/** The two ends of a scale, told exactly where three decimals can. */
export function formatEnds(low: number, high: number, style: NumberStyle = {}): [string, string] {
  const [from = "", to = ""] = formatTicks([low, high], style, 3);
  return [from, to];
}

/**
 * Labels of an axis' ticks: as many decimals as the step needs, one prefix for all; powers of ten where all of them are tiny or huge.
 * `own`: up to so many decimals that the ticks themselves need.
 */
export function formatTicks(splits: readonly number[], style: NumberStyle = {}, own = 0): string[] {
  const finite = splits.filter(Number.isFinite);
  const largest = Math.max(0, ...finite.map(Math.abs));
  if (largest > 0 && (largest < SMALLEST_PLAIN || largest >= LARGEST_PLAIN)) return powers(splits);
  const unit = style.unit ?? "";
  let step = 0;
  const size = largest === 0 ? 0 : Math.floor(Math.log10(largest) / 3);
  if (largest >= 1e4 && (unit === "" || SCALED_UP.has(unit))) step = Math.min(UP.length - 1, size);
  const divisor = 10 ** (step * 3);
  const gap = finite.length > 1 ? Math.abs((finite[1] as number) - (finite[0] as number)) / divisor : 0;
  const exact = own === 0 ? 0 : Math.max(0, ...finite.map((split) => decimalsOf(Math.abs(split) / divisor)));
  const decimals = Math.max(decimalsOf(gap), Math.min(own, exact));
  return splits.map((split) => {
    if (!Number.isFinite(split)) return "";
    const scaled = split / divisor;
    return grouped(scaled.toFixed(scaled === 0 ? 0 : decimals)) + (scaled === 0 ? "" : (UP[step] ?? ""));
  });
}

/** `2.5e−9`: all with as many digits as tell them apart. */
function powers(splits: readonly number[]): string[] {
  const finite = splits.filter(Number.isFinite);
  const gap = finite.length > 1 ? Math.abs((finite[1] as number) - (finite[0] as number)) : 0;
  let decimals = 0;
  while (decimals < 10 && finite.some((n) => Math.abs(Number(n.toExponential(decimals)) - n) > gap * 1e-3)) decimals++;
  return splits.map((split) => {
    if (!Number.isFinite(split)) return "";
    return split === 0 ? "0" : split.toExponential(decimals).replace(/-/g, "−").replace("+", "");
  });
}

/** A mark of a log axis: with as many decimals as it needs itself. */
export function formatPower(value: number): string {
  return formatTicks([value, value * 2])[0] ?? "";
}

/** How many decimals a step needs to be told exactly: 0.25 needs two. */
function decimalsOf(step: number): number {
  let decimals = 0;
  for (let rest = step; decimals < 8 && Math.abs(rest - Math.round(rest)) > rest * 1e-6; rest *= 10) decimals++;
  return decimals;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** Local time of day; `step` (ms between labels) decides how fine. */
export function formatTime(time: number, step = 1_000): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  if (step >= 86_400_000) return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step >= 60_000) return minutes;
  const seconds = `${minutes}:${two(date.getSeconds())}`;
  if (step >= 1_000) return seconds;
  const tenths = String(date.getMilliseconds()).padStart(3, "0");
  return `${seconds}.${step >= 100 ? tenths.slice(0, 1) : tenths}`;
}

/** How long ago, short enough for a panel's corner. */
export function formatAge(ms: number): string {
  if (Number.isNaN(ms)) return "";
  if (ms < 1_500) return "now";
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s ago`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min ago`;
  if (ms < 129_600_000) return `${Math.round(ms / 3_600_000)} h ago`;
  return `${Math.round(ms / 86_400_000)} d ago`;
}

/** A duration, e.g. what a window spans. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** Samples a second, minute or hour, whichever reads best. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return "";
  if (perSecond >= 9.95) return `${grouped(String(Math.round(perSecond)))}/s`;
  if (perSecond >= 0.95) return `${stripped(perSecond)}/s`;
  if (perSecond * 60 >= 0.95) return `${stripped(perSecond * 60)}/min`;
  return `${stripped(perSecond * 3_600)}/h`;
}

function stripped(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

/** How many: always with groups, since counts stand alone and have no axis to line up with. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Cuts a publisher's text to what a panel can show: ten megabytes of name must not reach the layout. */
export function clip(text: string, most = 200): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
