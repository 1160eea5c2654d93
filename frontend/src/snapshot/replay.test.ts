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
