import { describe, expect, it, vi } from "vitest";
import { htmlOf, take } from "../export/snapshot";
import { Connection } from "../lib/connection";
import { type Excerpt, excerptOf } from "../lib/excerpt";
import { StreamStore } from "../lib/store";
import { Stream } from "../lib/stream";
import { delta, spec } from "../testing/made";
import { ReplaySocket } from "./replay";
import type { Taken } from "./taken";

const ABOUT = {
  board: "http://localhost:8000",
  version: "1",
  theme: "dark",
  at: 5_000,
  arrangement: {},
  tab: "",
} as const;

function filled(fields: Parameters<typeof spec>[0], rows: Parameters<typeof delta>[2]): Stream {
  const made = new Stream(spec(fields));
  made.receive(delta(1, rows?.rows?.length ?? 3, { reset: true, ...rows }), 0, 0);
  return made;
}

/** What a panel shows that is paused at an offset. */
function shown(stream: Stream, until = Number.POSITIVE_INFINITY): Excerpt {
  return excerptOf(stream, { take: "", until, follow: { samples: 100 }, at: 0 });
}

/** What a board has that is opened from the snapshot. */
function opened(taken: Taken): StreamStore {
  const socket = new ReplaySocket(taken);
  const store = new StreamStore({ catalogueChanged() {}, news() {}, lost() {}, restarted() {} });
  const listener = { linkChanged: vi.fn(), hello: vi.fn(), notice: vi.fn(), alerts: vi.fn() };
  new Connection(socket, store, listener, () => 0);
  socket.connect();
  expect(listener.linkChanged).toHaveBeenCalledWith("live");
  return store;
}

describe("a snapshot", () => {
  it("shows what the board showed: numbers, gaps and texts, up to where it was paused", () => {
    const numbers = filled(
      { id: "n" },
      {
        rows: [
          [1, 10],
          [2, null],
          [3, 30],
        ],
      },
    );
    const texts = filled(
      { id: "t", type: "text" },
      {
        rows: [
          [1, "one"],
          [2, "<b>two</b>"],
        ],
      },
    );
    const store = opened(take([numbers, texts], ABOUT, (stream) => shown(stream, stream.id === "n" ? 2 : undefined)));
    const again = store.get("n")?.ring.view(10);
    expect([...(again?.columns[0] ?? [])]).toEqual([10, Number.NaN]);
    expect(store.get("n")?.offset).toBe(2);
    expect(
      store
        .get("t")
        ?.values.between(0)
        .map(({ value }) => value),
    ).toEqual(["one", "<b>two</b>"]);
  });

  it("has the gaps where the board had them, and counts what was lost once", () => {
    const numbers = new Stream(spec({ id: "n" }));
    const texts = new Stream(spec({ id: "t", type: "text" }));
    for (const stream of [numbers, texts]) {
      stream.receive(delta(11, 14, { reset: true, lost: 5 }), 0, 0);
      stream.receive(delta(18, 19), 0, 0);
      stream.receive(delta(21, 21), 0, 0);
      expect(stream.lost).toBe(9);
    }
    const store = opened(take([numbers, texts], ABOUT, (stream) => shown(stream)));
    expect([...(store.get("n")?.ring.view(10).offset ?? [])]).toEqual([11, 12, 13, 14, 18, 19, 21]);
    expect(
      store
        .get("t")
        ?.values.between(0)
        .map(({ offset }) => offset),
    ).toEqual([11, 12, 13, 14, 18, 19, 21]);
    for (const id of ["n", "t"]) {
      expect(store.get(id)?.lost).toBe(9);
      expect(store.get(id)?.ledger.lost).toBe(9);
      expect(store.get(id)?.samples).toBe(7);
    }
  });

  it("tells the pace of samples that were lost now and then as the board did", () => {
    const stream = new Stream(spec({ id: "n" }));
    // Twenty pieces of four samples, a second apart.
    for (let i = 0; i < 20; i++) stream.receive(delta(i * 5 + 1, i * 5 + 4, { reset: i === 0 }), 0, 0);
    const again = opened(take([stream], { ...ABOUT, at: 100_000 }, (one) => shown(one))).get("n");
    expect(again?.cadence.rate(0)).toBeCloseTo(1);
  });

  it.each(["table", "tree", "treemap", "surface", "custom"])("of a paused board has the %s that was shown", (type) => {
    const stream = new Stream(spec({ id: "x", type: type as "table" }));
    stream.receive(delta(1, 3, { reset: true }), 0, 0);
    stream.hold(1 << 20);
    stream.receive(delta(4, 5), 0, 0);
    const again = opened(take([stream], ABOUT, (one) => shown(one, 3))).get("x");
    expect(again?.values.newest()).toMatchObject({ offset: 3, value: 3 });
  });

  it("takes the newest picture along, and a camera as the picture that it shows", () => {
    const image = new Stream(spec({ id: "i", type: "image" }));
    image.receivePicture({ id: "i", epoch: "e1", offset: 7, time: 70, value: "data:image/png;base64,AA==" }, 0, 0);
    const store = opened(take([image], ABOUT, (stream) => shown(stream)));
    expect(store.get("i")?.values.newest()?.value).toBe("data:image/png;base64,AA==");
    expect(store.get("i")?.offset).toBe(7);
  });

  it("holds no text of a publisher's that could end its own script", () => {
    const evil = filled(
      { id: "x", type: "text", name: "</script><script>alert(1)</script><!--" },
      { rows: [[1, "</script><img src=x onerror=alert(1)>"]] },
    );
    const html = htmlOf(
      take([evil], ABOUT, (stream) => shown(stream)),
      { script: "const a = '</script>';", style: "a { content: '</style>' }" },
    );
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
    expect(html).not.toContain("<img");
    const data = /id="taken">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    expect((JSON.parse(data) as Taken).streams[0]?.spec.name).toBe("</script><script>alert(1)</script><!--");
  });
});
