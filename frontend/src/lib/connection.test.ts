import { afterEach, describe, expect, it, vi } from "vitest";
import { delta, spec } from "../testing/made";
import { Connection, type SocketLike } from "./connection";
import { StreamStore } from "./store";

class FakeSocket implements SocketLike {
  connected = false;
  readonly sent: [string, unknown][] = [];
  answers: unknown[] = [];
  readonly #listeners = new Map<string, (message?: unknown) => void>();

  on(event: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(event, listener as (message?: unknown) => void);
  }

  emit(event: string, ...args: unknown[]): void {
    this.sent.push([event, args[0]]);
    const answer = args[1];
    if (typeof answer === "function") answer(this.answers.shift() ?? { watching: 1 });
  }

  connects = 0;
  connect(): void {
    this.connects++;
  }

  hear(event: string, message?: unknown): void {
    if (event === "connect") this.connected = true;
    if (event === "disconnect") this.connected = false;
    this.#listeners.get(event)?.(message);
  }

  watches(): unknown[] {
    return this.sent.filter(([event]) => event === "watch").map(([, message]) => message);
  }
}

function made() {
  const socket = new FakeSocket();
  const store = new StreamStore({ catalogueChanged() {}, news() {}, lost() {}, restarted() {} });
  const listener = { linkChanged: vi.fn(), hello: vi.fn(), notice: vi.fn(), alerts: vi.fn() };
  const connection = new Connection(socket, store, listener, () => 1_000);
  return { socket, store, listener, connection };
}

const catalogue = { streams: [spec({ id: "a" }), spec({ id: "b" })] };

afterEach(() => vi.useRealTimers());

describe("Connection", () => {
  it("watches what the catalogue names, once", () => {
    const { socket } = made();
    socket.hear("connect");
    socket.hear("catalogue", catalogue);
    socket.hear("catalogue", catalogue);
    expect(socket.watches()).toEqual([{ add: [{ id: "a" }, { id: "b" }], remove: [] }]);
  });

  it("watches a stream that appears, and lets go of one that is removed", () => {
    const { socket } = made();
    socket.hear("connect");
    socket.hear("catalogue", catalogue);
    socket.hear("specs", { changed: [spec({ id: "c" })], removed: ["a"] });
    expect(socket.watches().slice(-2)).toEqual([
      { add: [], remove: ["a"] },
      { add: [{ id: "c" }], remove: [] },
    ]);
  });

  it("goes on from epoch and offset after a reconnection", () => {
    const { socket } = made();
    socket.hear("connect");
    socket.hear("catalogue", catalogue);
    socket.hear("tick", { time: 0, streams: [delta(1, 5, { id: "a", reset: true })] });
    socket.hear("disconnect");
    socket.hear("connect");
    socket.hear("catalogue", catalogue);
    expect(socket.watches().at(-1)).toEqual({ add: [{ id: "a", epoch: "e1", offset: 5 }, { id: "b" }], remove: [] });
  });

  it("comes back when the relay sent it away, and leaves other losses to Socket.IO", () => {
    vi.useFakeTimers();
    const { socket } = made();
    socket.hear("connect");
    socket.hear("disconnect", "transport close");
    vi.advanceTimersByTime(10_000);
    expect(socket.connects).toBe(0);
    socket.hear("disconnect", "io server disconnect");
    vi.advanceTimersByTime(10_000);
    expect(socket.connects).toBe(1);
  });

  it("tells how the line is", () => {
    const { socket, connection, listener } = made();
    expect(connection.link).toBe("connecting");
    socket.hear("connect_error");
    expect(connection.link).toBe("connecting");
    socket.hear("connect");
    expect(connection.link).toBe("live");
    socket.hear("status", { broker: "down", since: 0 });
    expect(connection.link).toBe("broker-away");
    socket.hear("disconnect");
    expect(connection.link).toBe("reconnecting");
    socket.hear("connect");
    socket.hear("status", { broker: "up", since: 0 });
    expect(connection.link).toBe("live");
    expect(listener.linkChanged.mock.calls.flat()).toEqual([
      "live",
      "broker-away",
      "reconnecting",
      "broker-away",
      "live",
    ]);
  });

  it("tells the relay when the page is hidden, again after a reconnection", () => {
    const { socket, connection } = made();
    connection.setVisible(false);
    expect(socket.sent).toEqual([]);
    socket.hear("connect");
    connection.setVisible(true);
    connection.setVisible(true);
    expect(socket.sent).toEqual([
      ["visible", false],
      ["visible", true],
    ]);
  });

  it("asks again for what was refused", () => {
    vi.useFakeTimers();
    const { socket, listener } = made();
    socket.answers = [{ error: { code: "too_many", message: "Too many streams" } }];
    socket.hear("connect");
    socket.hear("catalogue", catalogue);
    expect(listener.notice).toHaveBeenCalledWith({ code: "too_many", message: "Too many streams" });
    expect(socket.watches()).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(socket.watches()).toHaveLength(2);
  });

  it("answers pictures that nobody will draw, and leaves the others to their panel", () => {
    const { socket } = made();
    socket.hear("connect");
    socket.hear("catalogue", { streams: [spec({ id: "cam", type: "image" })] });
    const picture = { epoch: "e1", offset: 3, time: 0, value: "data:image/png;base64,AAAA" };
    socket.hear("picture", { id: "gone", ...picture });
    socket.hear("picture", { id: "cam", ...picture });
    const shown = socket.sent.filter(([event]) => event === "shown");
    expect(shown).toEqual([["shown", { id: "gone", offset: 3 }]]);
    socket.hear("picture", { id: "cam", ...picture });
    expect(socket.sent.at(-1), "a double").toEqual(["shown", { id: "cam", offset: 3 }]);
  });

  it("shows as many streams as the relay lets it, and the others when there is room", () => {
    const { socket, listener } = made();
    const watched = new Set<string>();
    const refusal = { code: "too_many_streams", message: "2,000 are enough" };
    socket.emit = (event, message, answer) => {
      if (event !== "watch") return;
      const { add, remove } = message as { add: { id: string }[]; remove: string[] };
      const after = new Set([...watched, ...add.map(({ id }) => id)]);
      for (const id of remove) after.delete(id);
      if (after.size <= 2_000) {
        watched.clear();
        for (const id of after) watched.add(id);
      }
      (answer as ((answer: unknown) => void) | undefined)?.(
        after.size <= 2_000 ? { watching: after.size } : { error: refusal },
      );
    };
    const names = Array.from({ length: 2_130 }, (_, i) => `run ${i}`);
    socket.hear("connect");
    socket.hear("catalogue", { streams: names.slice(0, 1_700).map((id) => spec({ id })) });
    expect(watched.size).toBe(1_700);
    socket.hear("specs", { changed: names.slice(1_700).map((id) => spec({ id })), removed: [] });
    expect([...watched]).toEqual(names.slice(0, 2_000));
    expect(listener.notice.mock.calls).toEqual([[refusal]]);
    socket.hear("specs", { changed: [], removed: names.slice(0, 200) });
    expect([...watched]).toEqual(names.slice(200));
  });
});
