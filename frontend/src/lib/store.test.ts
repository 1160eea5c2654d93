import { describe, expect, it, vi } from "vitest";
import { delta, spec } from "../testing/made";
import { StreamStore } from "./store";

function made() {
  const listener = { catalogueChanged: vi.fn(), news: vi.fn(), lost: vi.fn(), restarted: vi.fn() };
  return { listener, store: new StreamStore(listener) };
}

it("of one stream takes no other", () => {
  const store = new StreamStore({ catalogueChanged() {}, news() {}, lost() {}, restarted() {} }, "cpu");
  const wanted = store.catalogue({ streams: [spec(), spec({ id: "ram" })] });
  expect(wanted.add.map(({ id }) => id)).toEqual(["cpu"]);
  expect(store.specs({ changed: [spec({ id: "ram" })], removed: [] }).add).toEqual([]);
  expect(store.all()).toHaveLength(1);
});

describe("StreamStore", () => {
  it("asks for all streams of the first catalogue, and later only for new ones", () => {
    const { store } = made();
    const a = spec({ id: "a" });
    expect(store.catalogue({ streams: [a] }).add).toEqual([{ id: "a" }]);
    expect(store.catalogue({ streams: [a, spec({ id: "b" })] }).add).toEqual([{ id: "b" }]);
    expect(store.all().map((stream) => stream.id)).toEqual(["a", "b"]);
  });

  it("drops what a catalogue no longer names", () => {
    const { store, listener } = made();
    store.catalogue({ streams: [spec({ id: "a" }), spec({ id: "b" })] });
    expect(store.catalogue({ streams: [spec({ id: "b" })] }).remove).toEqual(["a"]);
    expect(store.all()).toHaveLength(1);
    expect(listener.catalogueChanged).toHaveBeenCalledTimes(2);
  });

  it("takes changed and removed specs", () => {
    const { store } = made();
    store.catalogue({ streams: [spec({ id: "a" }), spec({ id: "b" })] });
    const wanted = store.specs({
      changed: [spec({ id: "a", name: "A" }), spec({ id: "c" })],
      removed: ["b", "unknown"],
    });
    expect(wanted).toEqual({ add: [{ id: "c" }], remove: ["b"] });
    expect(store.get("a")?.spec.name).toBe("A");
  });

  it("keeps streams whose ids are names of an object's own machinery", () => {
    const { store } = made();
    const ids = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    store.catalogue({ streams: ids.map((id) => spec({ id })) });
    store.tick({ time: 0, streams: ids.map((id) => delta(1, 3, { id })) }, 0);
    expect(ids.map((id) => store.get(id)?.samples)).toEqual([3, 3, 3, 3]);
    expect(Object.prototype.toString.call({})).toBe("[object Object]");
  });

  it("tells news, losses and restarts by stream", () => {
    const { store, listener } = made();
    store.catalogue({ streams: [spec()] });
    const stream = store.get("cpu");
    store.tick({ time: 0, streams: [delta(1, 3)] }, 0);
    expect(listener.news).toHaveBeenLastCalledWith(stream, 3);
    store.tick({ time: 0, streams: [delta(1, 3)] }, 0);
    expect(listener.news, "doubles are no news").toHaveBeenCalledTimes(1);
    store.tick({ time: 0, streams: [delta(6, 6)] }, 0);
    expect(listener.lost).toHaveBeenCalledWith(stream, 2);
    store.tick({ time: 0, streams: [delta(1, 1, { epoch: "e2" })] }, 0);
    expect(listener.restarted).toHaveBeenCalledWith(stream);
  });

  it("counts deltas of streams it does not know", () => {
    const { store } = made();
    store.tick({ time: 0, streams: [delta(1, 1, { id: "nobody" })] }, 0);
    expect(store.strays).toBe(1);
  });

  it("gives its place for the relay to go on from", () => {
    const { store } = made();
    store.catalogue({ streams: [spec()] });
    store.tick({ time: 0, streams: [delta(1, 7)] }, 0);
    const stream = store.get("cpu");
    expect(stream && store.place(stream)).toEqual({ id: "cpu", epoch: "e1", offset: 7 });
  });

  it("does not ask for what nobody looks at, and asks for it from the beginning when somebody does again", () => {
    const listener = { catalogueChanged: vi.fn(), news: vi.fn(), lost: vi.fn(), restarted: vi.fn() };
    const hidden = new Set(["b"]);
    const store = new StreamStore(listener, undefined, (id) => !hidden.has(id));
    const catalogue = { streams: [spec({ id: "a" }), spec({ id: "b" })] };
    expect(store.catalogue(catalogue).add).toEqual([{ id: "a" }]);
    store.tick({ time: 0, streams: [delta(1, 3, { id: "a" }), delta(1, 3, { id: "b" })] }, 0);
    expect(store.get("b")?.samples).toBe(0);
    hidden.clear();
    hidden.add("a");
    expect(store.review()).toEqual({ add: [{ id: "b" }], remove: ["a"] });
    expect(store.review()).toEqual({ add: [], remove: [] });
    expect(store.watched()).toEqual([{ id: "b" }]);
    hidden.clear();
    // Without its place: it is to be a snapshot, not all that went by.
    expect(store.review()).toEqual({ add: [{ id: "a" }], remove: [] });
    expect(listener.lost).not.toHaveBeenCalled();
  });
});
