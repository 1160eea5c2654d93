// @vitest-environment happy-dom
/** A board that is opened from a snapshot. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Board } from "../board/board.svelte";
import { take } from "../export/snapshot";
import { excerptOf } from "../lib/excerpt";
import { Stream } from "../lib/stream";
import { delta, spec } from "../testing/made";
import { ReplaySocket } from "./replay";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("keeps all that was taken along, more than its streams would keep of their own", () => {
  const stream = new Stream(spec({ id: "n" }));
  stream.follow(10_000, 0);
  stream.receive(delta(1, 6_000, { id: "n", reset: true }), 6_000_000, 0);
  const about = {
    board: "http://localhost:8000",
    version: "1",
    theme: "dark",
    at: 6_000_000,
    arrangement: {},
    tab: "",
    moment: { at: 6_000_000, span: 6_000_000 },
  } as const;
  const shown = { take: "", until: Number.POSITIVE_INFINITY, follow: { samples: 6_000 }, at: 6_000_000 };
  const taken = take([stream], about, (each) => excerptOf(each, shown));
  const socket = new ReplaySocket(taken);
  const board = new Board(socket, { taken });
  socket.connect();
  board.look(about.moment);
  const opened = board.store.get("n") as Stream;
  const offsets = board.excerpt(opened).series().offset;
  expect([offsets.length, offsets[0], offsets.at(-1)]).toEqual([6_000, 1, 6_000]);
});
