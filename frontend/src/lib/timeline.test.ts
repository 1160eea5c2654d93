import { describe, expect, it } from "vitest";
import { answered, FakeHistory } from "../testing/history";
import { delta, rows, spec } from "../testing/made";
import type { Spec } from "../wire";
import type { Follow } from "./moment";
import { Stream } from "./stream";
import { Timeline } from "./timeline";

/** A stream of 5,000 samples, one a second, of which this browser has the newest `here`, and history has all. */
function made(fields: Partial<Spec> = {}, here = 1_000) {
  const stream = new Stream(spec({ active_points: 100, ...fields }));
  stream.receive(delta(5_001 - here, 5_000), 5_000_000, 0);
  const history = new FakeHistory(rows(1, 9_000));
  const clock = { now: 5_000_000 };
  const timeline = new Timeline(
    history.read,
    () => clock.now,
    () => performance.now(),
    () => undefined,
  );
  return { stream, history, clock, timeline };
}

function shownOf(timeline: Timeline, stream: Stream, follow?: Follow): number[] {
  return [...timeline.excerpt(stream, follow).series().offset];
}

async function settled(timeline: Timeline, stream: Stream, follow?: Follow): Promise<number[]> {
  return answered(() => {
    const offsets = shownOf(timeline, stream, follow);
    return timeline.note(stream) === "reading" ? undefined : offsets;
  });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("Timeline", () => {
  it("shows the newest while live, and stands still when paused", () => {
    const { timeline, stream, clock } = made();
    expect(shownOf(timeline, stream)).toEqual(range(4_901, 5_000));
    timeline.pause([stream]);
    stream.receive(delta(5_001, 5_400), 5_400_000, 0);
    clock.now += 400_000;
    expect(timeline.still(stream)).toBe(true);
    expect(shownOf(timeline, stream)).toEqual(range(4_901, 5_000));
    timeline.live([stream]);
    expect(shownOf(timeline, stream)).toEqual(range(5_301, 5_400));
  });

  it("keeps what it shows, and all that waits, whatever is set meanwhile", () => {
    const { timeline, stream } = made();
    stream.follow(0, 0);
    timeline.pause([stream]);
    stream.receive(delta(5_001, 9_000), 9_000_000, 0);
    // The board asks for it after each change of any setting, and when a stream appears.
    stream.follow(0, 0);
    expect(shownOf(timeline, stream)).toEqual(range(4_901, 5_000));
    stream.follow(0, 60_000);
    stream.follow(0, 0);
    expect(shownOf(timeline, stream)).toEqual(range(4_901, 5_000));
    expect(stream.oldest?.offset).toBeLessThanOrEqual(4_901);
    expect(timeline.fellOut([stream])).toBe(0);
    timeline.live([stream]);
    expect(stream.ring.capacity, "after the pause it is as large as ever").toBeLessThan(2_000);
  });

  it("looks at any moment that this browser has in memory, without asking history", () => {
    const { timeline, stream, history } = made();
    timeline.pause([stream]);
    timeline.look({ at: 4_500_500, span: undefined });
    expect(shownOf(timeline, stream)).toEqual(range(4_401, 4_500));
    expect(history.asked).toEqual([]);
  });

  it("looks forward into what came since the pause", () => {
    const { timeline, stream, clock } = made();
    timeline.pause([stream]);
    stream.receive(delta(5_001, 5_300), 5_300_000, 0);
    clock.now += 300_000;
    timeline.look({ at: 5_200_000, span: undefined });
    expect(shownOf(timeline, stream)).toEqual(range(5_101, 5_200));
  });

  it("reads from history what is older, and shows what it showed until then", async () => {
    const { timeline, stream } = made();
    timeline.pause([stream]);
    shownOf(timeline, stream);
    timeline.look({ at: 2_000_000, span: undefined });
    expect(shownOf(timeline, stream)).toEqual(range(4_901, 5_000));
    expect(timeline.note(stream)).toBe("reading");
    expect(await settled(timeline, stream)).toEqual(range(1_901, 2_000));
    expect(timeline.note(stream)).toBe("");
  });

  it("says when nothing is kept from that time", async () => {
    const { timeline, stream, history } = made();
    history.start = 3_000;
    timeline.pause([stream]);
    timeline.look({ at: 2_000_000, span: undefined });
    expect(await settled(timeline, stream)).toEqual([]);
    expect(timeline.note(stream)).toBe("before");
    timeline.look({ at: 4_900_000, span: undefined });
    expect(shownOf(timeline, stream)).toEqual(range(4_801, 4_900));
    expect(timeline.note(stream)).toBe("");
  });

  it("shows exactly a window of time, from memory and from history", async () => {
    const { timeline, stream } = made();
    timeline.pause([stream]);
    timeline.look({ at: 4_600_000, span: 300_000 });
    expect(shownOf(timeline, stream)).toEqual(range(4_300, 4_600));
    expect(timeline.excerpt(stream).window).toEqual({ from: 4_300_000, to: 4_600_000 });
    timeline.look({ at: 2_600_000, span: 300_000 });
    expect(await settled(timeline, stream)).toEqual(range(2_300, 2_600));
  });

  it("says so where a window holds more samples than are read for one panel", async () => {
    const { stream, history, clock } = made({}, 100);
    const timeline = new Timeline(
      history.read,
      () => clock.now,
      () => performance.now(),
      () => undefined,
      undefined,
      1_200,
    );
    const follow = { ms: 3_000_000 };
    await answered(() => {
      const offsets = shownOf(timeline, stream, follow);
      return timeline.newestOf(stream) && offsets.length >= 1_200 ? offsets : undefined;
    });
    expect(timeline.newestOf(stream)).toEqual({ shown: 1_200, of: 3_001 });
    shownOf(timeline, stream, { ms: 60_000 });
    expect(timeline.newestOf(stream)).toBeUndefined();
    timeline.pause([stream]);
    timeline.look({ at: 4_000_000, span: 2_500_000 });
    expect((await settled(timeline, stream, follow)).length).toBe(1_200);
    expect(timeline.newestOf(stream)).toEqual({ shown: 1_200, of: 2_501 });
    timeline.look({ at: 4_990_000, span: 10_000 });
    await settled(timeline, stream, follow);
    expect(timeline.newestOf(stream)).toBeUndefined();
  });

  it("follows a span of time, filling it from history once", async () => {
    const { timeline, stream, history } = made({}, 200);
    const follow = { ms: 600_000 };
    stream.follow(0, follow.ms);
    expect(shownOf(timeline, stream, follow)).toEqual(range(4_801, 5_000));
    await answered(() => (shownOf(timeline, stream, follow).length > 200 ? true : undefined));
    expect(shownOf(timeline, stream, follow)).toEqual(range(4_400, 5_000));
    const asked = history.asked.length;
    stream.receive(delta(5_001, 5_050), 5_050_000, 0);
    expect(shownOf(timeline, stream, follow)).toEqual(range(4_450, 5_050));
    expect(history.asked.length).toBe(asked);
  });

  it("shows a stream whose publisher's clock is ahead as it was at the pause", () => {
    const { timeline, stream, clock } = made();
    clock.now = 1_000_000;
    stream.receive(delta(5_001, 5_001), 1_001_000, 0);
    timeline.pause([stream]);
    timeline.look({ at: clock.now, span: undefined });
    expect(shownOf(timeline, stream).at(-1)).toBe(5_000);
  });

  it("tells panels that build on what they drew when they have to begin again", () => {
    const { timeline, stream } = made({ type: "text" });
    const takes = [timeline.excerpt(stream).take];
    timeline.pause([stream]);
    takes.push(timeline.excerpt(stream).take);
    timeline.look({ at: 4_950_000, span: undefined });
    takes.push(timeline.excerpt(stream).take);
    timeline.look({ at: 4_960_000, span: undefined });
    takes.push(timeline.excerpt(stream).take);
    timeline.look({ at: 4_955_000, span: undefined });
    takes.push(timeline.excerpt(stream).take);
    expect(takes.map((take, i) => i > 0 && take !== takes[i - 1])).toEqual([false, false, true, false, true]);
  });

  it("asks history for the one picture of a moment", async () => {
    const { timeline, history, clock } = made();
    const stream = new Stream(spec({ type: "image" }));
    stream.receivePicture(
      { id: "cpu", epoch: "e1", offset: 5_000, time: 5_000_000, value: 5_000 as never },
      clock.now,
      0,
    );
    timeline.pause([stream]);
    expect(timeline.excerpt(stream).newest()?.offset).toBe(5_000);
    timeline.look({ at: 3_000_000, span: undefined });
    await settled(timeline, stream);
    expect(timeline.excerpt(stream).newest()?.value).toBe(3_000);
    expect(history.asked.length).toBeLessThan(5);
  });

  it("shows nothing from before a panel was cleared", async () => {
    const { timeline, stream } = made();
    stream.clear();
    stream.receive(delta(5_001, 5_010), 5_010_000, 0);
    timeline.pause([stream]);
    timeline.look({ at: 5_005_000, span: undefined });
    expect(await settled(timeline, stream)).toEqual(range(5_001, 5_005));
    timeline.look({ at: 4_000_000, span: undefined });
    expect(await settled(timeline, stream)).toEqual([]);
  });

  it("keeps what comes within a bound, and counts what fell out", () => {
    const { stream, history } = made();
    const bound = 1 << 20;
    const timeline = new Timeline(
      history.read,
      () => 5_000_000,
      () => 0,
      () => undefined,
      bound,
    );
    timeline.pause([stream]);
    for (let i = 0; i < 100; i++) {
      const wide = delta(5_001 + i * 1_000, 6_000 + i * 1_000);
      stream.receive(wide, 1e12, 0);
    }
    expect(timeline.fellOut([stream])).toBeGreaterThan(0);
    expect(stream.ring.capacity * 3 * 16).toBeLessThanOrEqual(bound);
    timeline.live([stream]);
    expect(timeline.fellOut([stream])).toBe(0);
    expect(shownOf(timeline, stream).at(-1)).toBe(105_000);
  });
});
