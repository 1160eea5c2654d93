/** The timeline where memory ends: pauses that outlast it, spans that history does not reach, panels that were hidden. */
import { describe, expect, it } from "vitest";
import { FakeHistory } from "../testing/history";
import { delta, rows, spec } from "../testing/made";
import type { Spec } from "../wire";
import { Stream } from "./stream";
import { Timeline } from "./timeline";

/** A stream of 5,000 samples, one a second, of which this browser has the newest `here`; history has those from `start` on, and what comes later. */
function made(fields: Partial<Spec> = {}, { here = 1_000, held = 64 << 20, mostRead = 50_000, start = 1 } = {}) {
  const stream = new Stream(spec({ active_points: 100, ...fields }));
  stream.receive(delta(5_001 - here, 5_000), 5_000_000, 0);
  const history = new FakeHistory(rows(1, 70_000));
  history.start = start;
  const clock = { now: 5_000_000 };
  const timeline = new Timeline(
    history.read,
    () => clock.now,
    () => performance.now(),
    () => undefined,
    held,
    mostRead,
  );
  return { stream, clock, timeline };
}

/** Asks again and again, so that what is read from history arrives. */
async function settled<T>(ask: () => T): Promise<T> {
  for (let i = 0; i < 40; i++) {
    ask();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return ask();
}

describe("a pause that memory does not outlast", () => {
  it("still shows its moment on a line, from history", async () => {
    const { timeline, stream, clock } = made({}, { held: 1 << 20 });
    timeline.pause([stream]);
    const shown = () => Array.from(timeline.excerpt(stream).series().offset);
    for (let i = 0; i < 60; i++) stream.receive(delta(5_001 + i * 1_000, 6_000 + i * 1_000), 1e9, 0);
    clock.now = 65_000_000;
    expect(stream.fellOut).toBeGreaterThan(0);
    const offsets = await settled(shown);
    expect([offsets[0], offsets.at(-1), timeline.note(stream)]).toEqual([4_901, 5_000, ""]);
  });

  it("and of points", async () => {
    const { timeline, stream } = made({ type: "scatter", active_points: null });
    timeline.pause([stream]);
    stream.receive(delta(5_001, 12_000), 1e9, 0);
    const shown = () =>
      timeline
        .excerpt(stream)
        .values()
        .map(({ offset }) => offset);
    expect(stream.fellOut).toBeGreaterThan(0);
    expect((await settled(shown)).at(-1)).toBe(5_000);
  });
});

describe("a span that is followed", () => {
  it("is read again when a stream that was let go of comes back", async () => {
    const { timeline, stream } = made({}, { here: 200 });
    const follow = { ms: 600_000 };
    stream.follow(0, follow.ms);
    const shown = () => timeline.excerpt(stream, follow).series().length;
    expect(await settled(shown)).toBe(601);
    stream.rest();
    timeline.forget(stream);
    stream.resting = false;
    stream.receive(delta(4_801, 5_000, { reset: true }), 5_000_000, 0);
    expect(await settled(shown)).toBe(601);
  });

  it("is whole if all that history keeps is shown, however much there was before", async () => {
    const { timeline, stream } = made({}, { here: 100, start: 4_001, mostRead: 2_000 });
    const follow = { ms: 86_400_000 };
    stream.follow(0, follow.ms);
    expect(await settled(() => timeline.excerpt(stream, follow).series().length)).toBe(1_000);
    expect(timeline.newestOf(stream)).toBeUndefined();
    timeline.pause([stream]);
    timeline.look({ at: 4_990_000, span: 86_400_000 });
    expect(await settled(() => timeline.excerpt(stream, follow).series().length)).toBe(990);
    expect(timeline.newestOf(stream)).toBeUndefined();
  });

  it("is whole once memory has grown over it", async () => {
    const { timeline, stream } = made({}, { here: 100, mostRead: 1_200 });
    const follow = { ms: 2_000_000 };
    stream.follow(0, follow.ms);
    const shown = () => timeline.excerpt(stream, follow).series().length;
    await settled(shown);
    expect(timeline.newestOf(stream)).toEqual({ shown: 1_200, of: 2_001 });
    stream.receive(delta(5_001, 9_000), 9_000_000, 0);
    expect(await settled(shown)).toBe(2_001);
    expect(timeline.newestOf(stream)).toBeUndefined();
  });
});
