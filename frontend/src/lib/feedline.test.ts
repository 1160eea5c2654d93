/** Frames come apart as the worker put them together, and looks outlive a lost connection. */
import { describe, expect, it, vi } from "vitest";
import { FeedLine, type FrameHead, readFrame } from "./feedline";

const HEAD: FrameHead = {
  id: "door",
  epoch: 1,
  seq: 7,
  time: 5,
  kind: "jpeg",
  key: true,
  width: 4,
  height: 2,
  pts: 0,
};

function message(head: object, data: number[]): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const whole = new Uint8Array(line.length + data.length);
  whole.set(line);
  whole.set(data, line.length);
  return whole;
}

class Socket {
  connected = true;
  readonly sent: unknown[][] = [];
  readonly #on = new Map<string, (...args: never[]) => void>();
  on(event: string, listener: (...args: never[]) => void): void {
    this.#on.set(event, listener);
  }
  emit(...args: unknown[]): void {
    this.sent.push(args);
  }
  say(event: string, ...args: unknown[]): void {
    this.#on.get(event)?.(...(args as never[]));
  }
}

describe("frames", () => {
  it("come apart at the first line feed", () => {
    const frame = readFrame(message(HEAD, [255, 10, 216]));
    expect(frame?.head).toEqual(HEAD);
    expect([...(frame?.data ?? [])]).toEqual([255, 10, 216]);
  });

  it("that are none are let go", () => {
    expect(readFrame(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(readFrame(new Uint8Array([1, 10, 3]))).toBeUndefined();
  });
});

describe("looks", () => {
  it("get their frames, binary or as text, and are told again after a reconnection", () => {
    const socket = new Socket();
    const line = new FeedLine();
    line.attach(socket);
    const listener = { frame: vi.fn(), told: vi.fn() };
    const leave = line.look("door", "video", listener);
    expect(socket.sent).toEqual([["look", { id: "door", kind: "video" }]]);
    const bytes = message(HEAD, [1]);
    socket.say("frame", bytes.buffer);
    socket.say("frame", btoa(String.fromCharCode(...bytes)));
    expect(listener.frame).toHaveBeenCalledTimes(2);
    socket.say("connect");
    expect(socket.sent.at(-1)).toEqual(["look", { id: "door", kind: "video" }]);
    leave();
    expect(socket.sent.at(-1)).toEqual(["look_away", { id: "door" }]);
  });

  it("that ended answer what is still under way, so that nobody waits for it", () => {
    const socket = new Socket();
    const line = new FeedLine();
    line.attach(socket);
    socket.say("frame", message(HEAD, [1]).buffer);
    expect(socket.sent).toEqual([["seen", { id: "door", kind: "jpeg", epoch: 1, seq: 7 }]]);
  });
});
