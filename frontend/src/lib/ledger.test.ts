import { describe, expect, it } from "vitest";
import { delta, spec } from "../testing/made";
import { Stream } from "./stream";

describe("a stream's ledger", () => {
  it("adds up to how far the stream has come, whatever happened on the way", () => {
    const stream = new Stream(spec());
    stream.receive(delta(11, 20, { reset: true }), 0, 0);
    stream.receive(delta(21, 25), 0, 0);
    stream.receive(delta(24, 30), 0, 0);
    stream.receive(delta(41, 50), 0, 0);
    stream.receive(delta(45, 50), 0, 0);
    const { received, fromHistory, doubles, lost } = stream.ledger;
    expect({ received, fromHistory, doubles, lost }).toEqual({ received: 30, fromHistory: 10, doubles: 8, lost: 10 });
    expect(received + lost).toBe(50 - 11 + 1);
    expect(stream.ledger.losses).toEqual([{ time: 41_000, samples: 10 }]);
  });

  it("counts a snapshot of what was known already as doubles, and a restart as one", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 10), 0, 0);
    stream.receive(delta(6, 15, { reset: true }), 0, 0);
    expect(stream.ledger).toMatchObject({ received: 15, doubles: 5, restarts: 0, lost: 0 });
    stream.receive(delta(1, 3, { epoch: "e2" }), 0, 0);
    expect(stream.ledger).toMatchObject({ received: 18, doubles: 5, restarts: 1, lost: 0 });
  });

  it("adds up over a time in which the panel was hidden, and counts none of it as lost", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 10), 0, 0);
    stream.rest();
    expect(stream.receive(delta(31, 40, { reset: true }), 0, 0)).toEqual({ samples: 10, lost: 0, restarted: false });
    expect(stream.ledger).toMatchObject({ received: 20, unwatched: 20, lost: 0, doubles: 0, restarts: 0 });
    stream.rest();
    stream.receive(delta(36, 45, { reset: true }), 0, 0);
    const { received, unwatched, doubles, lost } = stream.ledger;
    expect({ received, unwatched, doubles, lost }).toEqual({ received: 25, unwatched: 20, doubles: 5, lost: 0 });
    expect(received + unwatched).toBe(45);
    stream.rest();
    stream.receive(delta(1, 2, { reset: true, epoch: "e2" }), 0, 0);
    expect(stream.ledger).toMatchObject({ received: 27, unwatched: 20, lost: 0, restarts: 1 });
  });

  it("adds up for pictures, too", () => {
    const stream = new Stream(spec({ type: "image" }));
    const picture = (offset: number) => ({
      id: "cpu",
      epoch: "e1",
      offset,
      time: 0,
      value: "data:image/png;base64,AA==",
    });
    stream.receivePicture(picture(5), 0, 0);
    stream.rest();
    stream.receivePicture(picture(5), 0, 0);
    stream.rest();
    stream.receivePicture(picture(9), 0, 0);
    expect(stream.ledger).toMatchObject({ received: 2, doubles: 1, unwatched: 3, coalesced: 0, restarts: 0 });
  });

  it("of a panel that was cleared and then hidden shows nothing from before", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 10), 0, 0);
    stream.clear();
    stream.rest();
    stream.receive(delta(6, 12, { reset: true }), 0, 0);
    expect([...(stream.ring.view(10).columns[0] ?? [])]).toEqual([11, 12]);
  });

  it("goes on when the panel is cleared", () => {
    const stream = new Stream(spec());
    stream.receive(delta(1, 3), 0, 0);
    stream.receive(delta(7, 9), 0, 0);
    stream.clear();
    expect(stream.lost).toBe(0);
    expect(stream.ledger.lost).toBe(3);
  });

  it("tells pictures that were left out from lost ones", () => {
    const stream = new Stream(spec({ type: "image" }));
    for (const offset of [3, 4, 9, 9]) {
      stream.receivePicture({ id: "cpu", epoch: "e1", offset, time: 0, value: "data:" }, 0, 0);
    }
    expect(stream.ledger).toMatchObject({ received: 3, coalesced: 4, doubles: 1, lost: 0 });
  });

  it("remembers only the newest losses, and counts them all", () => {
    const stream = new Stream(spec());
    for (let i = 0; i < 200; i++) stream.receive(delta(1 + i * 10, 2 + i * 10), 0, 0);
    expect(stream.ledger.losses).toHaveLength(50);
    expect(stream.ledger.lost).toBe(199 * 8);
  });
});
