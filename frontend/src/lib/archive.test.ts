import { describe, expect, it, vi } from "vitest";
import { answered, FakeHistory } from "../testing/history";
import { rows } from "../testing/made";
import { Archive, type Subject } from "./archive";

/** 10,000 samples, one a second; the newest is at 10,000 s. */
const made = rows(1, 10_000);
const subject: Subject = { id: "cpu", epoch: "e1", offset: 10_000, lastTime: 10_000_000, spec: { type: "line" } };

function archiveOf(history: FakeHistory, most?: number): { archive: Archive; arrived: ReturnType<typeof vi.fn> } {
  const arrived = vi.fn();
  return { archive: new Archive(history.read, arrived, () => performance.now(), most), arrived };
}

describe("Archive", () => {
  it("finds the offset of a time in few questions", async () => {
    const history = new FakeHistory(made);
    const { archive } = archiveOf(history);
    for (const [time, offset] of [
      [4_321_000, 4_321],
      [4_321_999, 4_321],
      [1_000, 1],
      [999, 0],
      [10_000_000, 10_000],
      [9_999_999, 9_999],
    ] as const) {
      expect(await answered(() => archive.locate(subject, time)), String(time)).toBe(offset);
    }
    expect(history.asked.length).toBeLessThan(8);
  });

  it("finds a time in a stream of uneven pace", async () => {
    // A burst of 9,000 samples in nine seconds, then one a minute.
    const uneven = made.map((_, i): [number, number] => [i < 9_000 ? i : 9_000 + (i - 9_000) * 60_000, i + 1]);
    const { archive } = archiveOf(new FakeHistory(uneven));
    const own = { ...subject, lastTime: uneven[9_999]?.[0] as number };
    for (const offset of [1, 500, 5_000, 8_999, 9_001, 9_500, 9_999]) {
      const time = uneven[offset - 1]?.[0] as number;
      expect(await answered(() => archive.locate(own, time)), String(offset)).toBe(offset);
    }
  });

  it("gives rows across pages, each read once", async () => {
    const history = new FakeHistory(made);
    const { archive } = archiveOf(history);
    const found = await answered(() => archive.rows(subject, 900, 3_100));
    expect(found.first).toBe(900);
    expect(found.rows.map((row) => row[1])).toEqual(rows(900, 3_100).map((row) => row[1]));
    const before = history.asked.length;
    expect(archive.rows(subject, 1_000, 2_000)?.rows).toHaveLength(1_001);
    expect(history.asked.length).toBe(before);
  });

  it("begins where history begins", async () => {
    const history = new FakeHistory(made);
    history.start = 2_500;
    const { archive } = archiveOf(history);
    expect(await answered(() => archive.rows(subject, 2_000, 2_600))).toMatchObject({ first: 2_500 });
    expect(await answered(() => archive.locate(subject, 2_000_000)), "before it").toBe(0);
  });

  it("reads a page again that its stream has filled meanwhile", async () => {
    const history = new FakeHistory(rows(1, 500));
    const { archive } = archiveOf(history);
    const young = { ...subject, offset: 500, lastTime: 500_000 };
    await answered(() => archive.rows(young, 1, 500));
    history.rows.push(...rows(501, 900));
    const grown = { ...subject, offset: 900, lastTime: 900_000 };
    expect((await answered(() => archive.rows(grown, 400, 900))).rows).toHaveLength(501);
  });

  it("lets go of what was not looked at for the longest", async () => {
    const { archive } = archiveOf(new FakeHistory(made), 60_000);
    for (let offset = 1; offset <= 9_001; offset += 1_000)
      await answered(() => archive.rows(subject, offset, offset + 9));
    expect(archive.bytes).toBeLessThanOrEqual(60_000);
    expect(archive.rows(subject, 9_001, 9_010)?.rows, "the newest is there").toHaveLength(10);
    expect(archive.rows(subject, 1, 10), "the oldest has to be read again").toBeUndefined();
  });

  it("tells that history does not answer, and asks no more for a while", async () => {
    const history = new FakeHistory(made);
    history.fails = true;
    const { archive } = archiveOf(history);
    expect(archive.rows(subject, 1, 10)).toBeUndefined();
    await vi.waitFor(() => expect(archive.failing("cpu")).toBe(true));
    archive.rows(subject, 1, 10);
    expect(history.asked).toHaveLength(1);
  });

  it("takes nothing from another life of the stream", async () => {
    const history = new FakeHistory(made);
    const { archive } = archiveOf(history);
    await answered(() => archive.rows(subject, 1, 10));
    const again = { ...subject, epoch: "e2" };
    expect(archive.rows(again, 1, 10)).toBeUndefined();
    await vi.waitFor(() => expect(archive.failing("cpu"), "its answers are of the old one").toBe(true));
  });

  it("reads pictures a few at a time", async () => {
    const history = new FakeHistory(made);
    const { archive } = archiveOf(history);
    const pictures = { ...subject, spec: { type: "image" } };
    await answered(() => archive.rows(pictures, 5_000, 5_000));
    expect(history.asked.every((question) => Number(question.split(" ")[2]) <= 8)).toBe(true);
  });
});
