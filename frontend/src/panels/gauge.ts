/** `gauge`: one number on an arc, with the levels of its thresholds as coloured stretches and the number large in the middle. */
import { formatEnds, formatParts, formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import { type Level, levelAt, levelsOf } from "../lib/levels";
import { seriesColour } from "../lib/palette";
import { extent, valueRange } from "../lib/scale";
import { withAlpha } from "../lib/theme";
import { gaugeFrame, gaugeShare } from "./gauge-frame";
import type { Panel, PanelContext } from "./panel";
import { Sheet } from "./sheet";
import "./sheet.css";

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new GaugePanel(host, context);
}

class GaugePanel implements Panel {
  readonly #context: PanelContext;
  readonly #sheet: Sheet;
  #level: Level | undefined;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#sheet = new Sheet(host);
  }

  draw(): void {
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const view = this.#context.excerpt().series();
    const column = view.columns[0] ?? new Float64Array();
    const value = column[view.length - 1] ?? Number.NaN;
    const levels = levelsOf(spec, theme);
    this.#level = levelAt(levels, value);
    const ctx = this.#sheet.begin();
    if (!ctx) return;
    const [low, high] = gaugeRange(spec, column, levels);
    const frame = gaugeFrame(this.#sheet.width, this.#sheet.height);
    const { x, y, radius, thickness, from, to } = frame;
    const angle = (v: number): number => from + gaugeShare(v, low, high) * (to - from);
    const arc = (start: number, end: number, colour: string, r = radius, width = thickness): void => {
      if (end <= start) return;
      ctx.beginPath();
      ctx.arc(x, y, r, start, end);
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke();
    };
    const colour = this.#level?.colour ?? seriesColour(spec, theme.name, 0);

    ctx.lineCap = "round";
    arc(from, to, theme.grid);
    if (!Number.isNaN(value)) arc(from, Math.max(from + 0.001, angle(value)), colour);
    // Levels as a thin ring around, from one threshold to the next.
    ctx.lineCap = "butt";
    const ring = radius + thickness / 2 + Math.max(3, thickness * 0.22);
    const thin = Math.max(2, thickness * 0.16);
    if (levels.length > 0) arc(from, angle(levels[0]?.value ?? low), withAlpha(theme.inkSoft, 0.35), ring, thin);
    for (const [i, level] of levels.entries()) {
      arc(angle(level.value), angle(levels[i + 1]?.value ?? high), level.colour, ring, thin);
    }

    const parts = formatParts(value, spec);
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    const room = (radius - thickness / 2) * 1.62;
    let size = Math.round(radius * 0.56);
    ctx.font = `600 ${size}px ${theme.font}`;
    const wide = ctx.measureText(parts.digits).width;
    if (wide > room) size = Math.max(11, Math.floor((size * room) / wide));
    ctx.font = `600 ${size}px ${theme.font}`;
    ctx.fillStyle = this.#level?.colour ?? theme.ink;
    ctx.fillText(parts.digits, x, y + size * 0.3);
    ctx.fillStyle = theme.inkSoft;
    const small = Math.max(11, Math.min(18, Math.round(radius * 0.17)));
    ctx.font = `500 ${small}px ${theme.font}`;
    ctx.fillText(parts.unit, x, y + size * 0.3 + small * 1.35);

    ctx.font = `11px ${theme.font}`;
    const [lowText, highText] = formatEnds(low, high, spec);
    const endY = Math.min(this.#sheet.height - 4, y + Math.sin(from) * radius + thickness / 2 + 14);
    ctx.fillText(lowText, x + Math.cos(from) * radius, endY);
    ctx.fillText(highText, x + Math.cos(to) * radius, endY);
    this.#sheet.describe(`${titleOf(spec)}: ${formatValue(value, spec)}, from ${lowText} to ${highText}`);
  }

  resize(width: number, height: number): void {
    this.#sheet.resize(width, height);
  }

  restyle(): void {
    // All looks are read at each draw.
  }

  destroy(): void {
    this.#sheet.destroy();
  }

  state(): { colour: string; name: string } | undefined {
    return this.#level;
  }
}

/** The publisher's ends; else what was seen, from zero, with all thresholds in it. Percents go from 0 to 100 by themselves. */
function gaugeRange(
  spec: { min?: number | null; max?: number | null; unit?: string | null },
  column: Float64Array,
  levels: readonly Level[],
): [number, number] {
  const [low, high] = extent([column, levels.map((level) => level.value)]);
  const percent = spec.unit === "%" && low >= 0 && high <= 100;
  return valueRange([low, high], {
    min: spec.min ?? (percent ? 0 : null),
    max: spec.max ?? (percent ? 100 : null),
    zero: true,
  });
}
