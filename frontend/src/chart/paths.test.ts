import { describe, expect, it } from "vitest";
import { lostStretches, type PathSink, traceLine } from "./paths";

/** Records a path as text: `M0,1 L1,2`. */
class Recorder implements PathSink {
  readonly steps: string[] = [];
  moveTo(x: number, y: number): void {
    this.steps.push(`M${x},${y}`);
  }
  lineTo(x: number, y: number): void {
    this.steps.push(`L${x},${y}`);
  }
  get path(): string {
    return this.steps.join(" ");
  }
}

function trace(values: number[], options: { offset?: number[]; width?: number; scaleX?: number } = {}) {
  const sink = new Recorder();
  const runs: string[] = [];
  traceLine(
    {
      time: values.map((_, i) => i),
      offset: options.offset ?? values.map((_, i) => i + 1),
      values,
      length: values.length,
      scaleX: options.scaleX ?? 1,
      shiftX: 0,
      toY: (value) => value,
      width: options.width ?? 1_000,
    },
    sink,
    { runEnded: (_, fromX, toX, lastY, single) => runs.push(`${fromX}-${toX}@${lastY}${single ? " single" : ""}`) },
  );
  return { path: sink.path, steps: sink.steps, runs };
}

describe("traceLine", () => {
  it("goes through all samples where there is room", () => {
    expect(trace([5, 6, 7])).toMatchObject({ path: "M0,5 L1,6 L2,7", runs: ["0-2@7"] });
  });

  it("breaks at gaps", () => {
    expect(trace([5, Number.NaN, 7, 8])).toMatchObject({ path: "M0,5 M2,7 L3,8", runs: ["0-0@5 single", "2-3@8"] });
    expect(trace([Number.NaN, Number.NaN])).toMatchObject({ path: "", runs: [] });
  });

  it("breaks where samples were lost", () => {
    expect(trace([5, 6, 7], { offset: [1, 2, 9] })).toMatchObject({
      path: "M0,5 L1,6 M2,7",
      runs: ["0-1@6", "2-2@7 single"],
    });
  });

  it("draws at most a few points a pixel, and loses no spike", () => {
    const values = Array.from({ length: 100_000 }, (_, i) => Math.sin(i / 50));
    values[61_803] = 99;
    values[31_415] = -99;
    const { steps } = trace(values, { width: 200, scaleX: 200 / 100_000 });
    expect(steps.length).toBeLessThanOrEqual(201 * 4);
    const heights = steps.map((step) => Number(step.split(",")[1]));
    expect(Math.max(...heights)).toBe(99);
    expect(Math.min(...heights)).toBe(-99);
  });

  it("breaks at gaps and losses also when many samples share a pixel", () => {
    const values = Array.from({ length: 1_000 }, () => 1);
    values.fill(Number.NaN, 400, 600);
    const offset = values.map((_, i) => (i < 800 ? i : i + 50));
    const { runs } = trace(values, { offset, width: 10, scaleX: 0.01 });
    expect(runs).toEqual(["0-4@1", "6-8@1", "8-10@1"]);
  });
});

it("finds the stretches in which samples were lost", () => {
  const view = { length: 4, time: [10, 20, 60, 70], offset: [1, 2, 6, 7] };
  expect(lostStretches(view)).toEqual([{ from: 20, to: 60, lost: 3 }]);
});
