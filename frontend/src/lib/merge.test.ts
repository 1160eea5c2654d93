import { describe, expect, it } from "vitest";
import { delta } from "../testing/made";
import { planMerge } from "./merge";

const have = { epoch: "e1", offset: 10 };

describe("planMerge", () => {
  it("takes the first delta as a snapshot", () => {
    expect(planMerge({ epoch: "", offset: 0 }, delta(5, 8))).toEqual({
      action: "reset",
      skip: 0,
      lost: 0,
      restarted: false,
    });
  });

  it("appends what follows", () => {
    expect(planMerge(have, delta(11, 13))).toEqual({ action: "append", skip: 0, lost: 0, restarted: false });
  });

  it("skips the rows it has already", () => {
    expect(planMerge(have, delta(8, 13))).toEqual({ action: "append", skip: 3, lost: 0, restarted: false });
  });

  it("ignores a delta that holds nothing new", () => {
    expect(planMerge(have, delta(3, 10)).action).toBe("ignore");
    expect(planMerge(have, delta(3, 7)).action).toBe("ignore");
  });

  it("counts what lies between as lost, told or not", () => {
    expect(planMerge(have, delta(14, 15, { lost: 3 })).lost).toBe(3);
    expect(planMerge(have, delta(14, 15)).lost).toBe(3);
  });

  it("starts again when told to, and counts what the snapshot does not reach back to", () => {
    expect(planMerge(have, delta(5, 20, { reset: true }))).toMatchObject({ action: "reset", skip: 0, lost: 0 });
    expect(planMerge(have, delta(15, 20, { reset: true }))).toMatchObject({ action: "reset", lost: 4 });
  });

  it("starts again on a new epoch, whatever its offsets", () => {
    const plan = planMerge(have, delta(1, 3, { epoch: "e2" }));
    expect(plan).toEqual({ action: "reset", skip: 0, lost: 0, restarted: true });
    expect(planMerge(have, delta(50, 60, { epoch: "e2", reset: true }))).toMatchObject({ restarted: true, lost: 0 });
  });

  it("takes an empty snapshot", () => {
    const empty = { ...delta(1, 0), offset: 0, rows: [] };
    expect(planMerge({ epoch: "", offset: 0 }, empty).action).toBe("reset");
    expect(planMerge(have, { ...empty, offset: 10 }).action).toBe("ignore");
  });

  it("neither loses, doubles nor reorders under random overlaps", () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const got: number[] = [];
    const place = { epoch: "e1", offset: 0 };
    let newest = 0;
    for (let i = 0; i < 500; i++) {
      newest += random(6);
      const from = Math.max(1, Math.min(newest, place.offset + 1 - random(8)));
      const message = delta(from, newest);
      const plan = planMerge(place, message);
      if (plan.action !== "append") continue;
      expect(plan.lost).toBe(0);
      got.push(...message.rows.slice(plan.skip).map((row) => row[1] as number));
      place.offset = message.offset;
    }
    expect(got).toEqual(Array.from({ length: place.offset }, (_, i) => i + 1));
  });
});
