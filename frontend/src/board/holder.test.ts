// @vitest-environment happy-dom
/** What stands around a panel's drawing. */
import { describe, expect, it, vi } from "vitest";
import { Stream } from "../lib/stream";
import { excerptUpTo } from "../testing/excerpt";
import { delta, spec } from "../testing/made";
import type { Face } from "./face";
import { type HolderContext, PanelHolder } from "./holder";

/** A holder on a board whose clock stands still, as a snapshot's does. */
function held(): { holder: PanelHolder; faces: Face[]; change: () => void } {
  const stream = new Stream(spec({ type: "text" }));
  stream.receive(delta(1, 3, { reset: true }), 3_000, 1_000);
  let settings = {};
  let changed: (id: string | undefined) => void = () => undefined;
  const context: HolderContext = {
    settings: {
      panel: () => settings,
      set() {},
      listen: (listener) => {
        changed = listener;
        return () => undefined;
      },
    },
    theme: () => ({}) as never,
    live: () => false,
    now: () => 1_000,
    until: () => Number.POSITIVE_INFINITY,
    excerpt: excerptUpTo,
    note: () => "",
    newestOf: () => undefined,
    look() {},
    mark() {},
    painted() {},
    tiles: () => undefined,
    shown() {},
  };
  const root = document.createElement("article");
  const faces: Face[] = [];
  const holder = new PanelHolder(stream, { root, host: root }, context, (face) => faces.push(face));
  const change = (): void => {
    settings = { wrap: true };
    changed("cpu");
  };
  return { holder, faces, change };
}

describe("a panel's age", () => {
  it("is told by the board's clock, whatever makes it be read", () => {
    vi.spyOn(performance, "now").mockReturnValue(3_600_000);
    const { holder, faces, change } = held();
    holder.beat(1_000);
    change();
    holder.solo(0);
    expect(new Set(faces.map(({ age }) => age))).toEqual(new Set(["now"]));
    holder.destroy();
    vi.restoreAllMocks();
  });
});
