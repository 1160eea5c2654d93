import { afterEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "./frame";
import type { Orders } from "./orders";
import { PaintThread } from "./painter";

/** Stands in for the worker: keeps what it was told. */
class Told {
  readonly orders: Orders[] = [];
  onmessage: (event: unknown) => void = () => {};
  onerror: (event: unknown) => void = () => {};
  terminated = false;
  postMessage(orders: Orders): void {
    this.orders.push(orders);
  }
  terminate(): void {
    this.terminated = true;
  }
}

const canvas = (): HTMLCanvasElement => ({ transferControlToOffscreen: () => ({}) }) as never;
const frame = (): Frame => ({ samples: { count: 0, array: new Float64Array(4) } }) as never;
const surface = () => ({ painted: vi.fn(), failed: vi.fn() });

afterEach(() => void vi.restoreAllMocks());

describe("the painter's thread", () => {
  it("gets what one frame of the page brings in one message", async () => {
    const worker = new Told();
    const thread = new PaintThread(worker as never);
    const ids = [thread.join(canvas(), surface()), thread.join(canvas(), surface())];
    for (const id of ids) thread.show(id, frame());
    expect(worker.orders, "not before the page's own frame is done").toEqual([]);
    await Promise.resolve();
    expect(worker.orders).toHaveLength(1);
    expect(worker.orders[0]?.frames.map(({ id }) => id)).toEqual(ids);
    expect(worker.orders[0]?.joined).toHaveLength(2);
  });

  it("tells who was painted, and nobody who has left", async () => {
    const worker = new Told();
    const thread = new PaintThread(worker as never);
    const [stays, leaves] = [surface(), surface()];
    const [one, other] = [thread.join(canvas(), stays), thread.join(canvas(), leaves)];
    thread.leave(other);
    const buffer = new ArrayBuffer(8);
    worker.onmessage({ data: { painted: [one, other].map((id) => ({ id, buffer })) } });
    expect(stays.painted).toHaveBeenCalledWith(buffer);
    expect(leaves.painted).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(worker.orders[0]?.left).toEqual([other]);
  });

  it("gives up when it fails: every chart is told, and paints by itself", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const worker = new Told();
    const thread = new PaintThread(worker as never);
    const charts = [surface(), surface()];
    for (const chart of charts) thread.join(canvas(), chart);
    worker.onerror({ message: "boom", preventDefault() {} });
    for (const chart of charts) expect(chart.failed).toHaveBeenCalledOnce();
    expect(worker.terminated).toBe(true);
    expect(thread.failure).toBe("boom");
    await Promise.resolve();
    expect(worker.orders, "nothing is sent to a thread that is gone").toEqual([]);
  });
});
