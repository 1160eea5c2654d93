import { describe, expect, it } from "vitest";
import type { SampleView } from "../lib/ring";
import type { Frame } from "./frame";
import { type Context2D, paint } from "./paint";
import { copySamples } from "./samples";

/** Stands in for a canvas: writes down what is painted, as `name arguments`. */
function recorder(): { ctx: Context2D; steps: string[] } {
  const steps: string[] = [];
  const canvas = { width: 1, height: 1 };
  const looks: Record<string, unknown> = { canvas };
  const ctx = new Proxy(looks, {
    get: (target, name: string) =>
      name in target
        ? target[name]
        : (...values: unknown[]) => {
            steps.push([name, ...values].join(" "));
            return { addColorStop: (at: number, colour: string) => steps.push(`stop ${at} ${colour}`) };
          },
    set: (target, name: string, value) => {
      target[name] = value;
      if (name === "lineWidth" || name.endsWith("Style")) steps.push(`${name} ${String(value)}`);
      return true;
    },
  });
  return { ctx: ctx as unknown as Context2D, steps };
}

function view(values: number[], offset = values.map((_, i) => i + 1)): SampleView {
  const time = Float64Array.from(values, (_, i) => i);
  return {
    length: values.length,
    time,
    offset: Float64Array.from(offset),
    columns: [Float64Array.from(values)],
    sorted: true,
  };
}

function frame(of: SampleView, change: Partial<Frame> = {}): Frame {
  return {
    width: 20,
    height: 10,
    ratio: 1,
    font: "11px sans-serif",
    ink: "grey",
    box: { left: 0, top: 0, width: 10, height: 10 },
    labels: [{ text: "now", x: 5, y: 9, align: "center" }],
    title: "",
    grid: { colour: "silver", ys: [] },
    lost: { colour: "pink", stretches: [] },
    levels: [],
    lines: of.columns.map(() => ({ colour: "teal", width: 1.75, fill: undefined })),
    scale: { from: 0, to: 10, low: 0, high: 10, log: false },
    samples: copySamples(of, of.columns),
    heads: [],
    ...change,
  };
}

function painted(of: Frame): string[] {
  const { ctx, steps } = recorder();
  paint(ctx, of);
  return steps;
}

const moves = (steps: string[]): string[] => steps.filter((step) => /^(moveTo|lineTo|stroke$|fill$)/.test(step));

describe("painting a frame", () => {
  it("draws a line through its samples, up being more", () => {
    expect(moves(painted(frame(view([0, 5, 10]))))).toEqual([
      "stroke",
      "moveTo 0 10",
      "lineTo 1 5",
      "lineTo 2 0",
      "stroke",
    ]);
  });

  it("breaks the line at gaps and where samples were lost, and shades what was lost", () => {
    const gap = moves(painted(frame(view([1, Number.NaN, 1, 1]))));
    expect(gap).toContain("moveTo 2 9");
    const lost = { colour: "pink", stretches: [{ x: 1, width: 1 }] };
    const steps = painted(frame(view([1, 1, 1], [1, 2, 9]), { lost }));
    expect(moves(steps)).toContain("moveTo 2 9");
    expect(steps).toContain("fillRect 1 0 3 10");
  });

  it("makes a dash of a sample that stands alone", () => {
    expect(moves(painted(frame(view([Number.NaN, 4, Number.NaN]))))).toContain("lineTo 3 6");
  });

  it("fills an area down to its base, in a shade from top to bottom", () => {
    const fill = { base: 10, top: "deep", bottom: "faint" };
    const steps = painted(frame(view([5, 5]), { lines: [{ colour: "teal", width: 1.5, fill }] }));
    const shape = steps.slice(steps.indexOf("stop 1 faint"));
    expect(moves(shape).slice(0, 5)).toEqual(["moveTo 0 5", "lineTo 1 5", "lineTo 1 10", "lineTo 0 10", "fill"]);
  });

  it("uses the screen's own pixels, and puts a line of one of them on it", () => {
    const steps = painted(frame(view([0, 10]), { ratio: 2, lines: [{ colour: "teal", width: 0.5, fill: undefined }] }));
    expect(moves(steps)).toContain("lineTo 2 0");
    expect(steps).toContain("translate 0.5 0.5");
    expect(painted(frame(view([0, 10]))), "a wider one stands where it is").not.toContain("translate 0.5 0.5");
  });

  it("makes the canvas as large as the frame, and leaves it alone when it is", () => {
    const { ctx } = recorder();
    paint(ctx, frame(view([1]), { ratio: 2 }));
    expect(ctx.canvas).toEqual({ width: 40, height: 20 });
  });
});

describe("a frame's samples", () => {
  it("use the array of the frame before if they fit into it", () => {
    const of = view([1, 2, 3]);
    const first = copySamples(of, of.columns);
    const again = copySamples(of, of.columns, first.array.buffer);
    expect(again.array.buffer).toBe(first.array.buffer);
    expect(again.array.subarray(6, 9)).toEqual(Float64Array.from([1, 2, 3]));
    const larger = view(Array.from({ length: 50 }, (_, i) => i));
    expect(copySamples(larger, larger.columns, first.array.buffer).array.buffer).not.toBe(first.array.buffer);
  });
});
