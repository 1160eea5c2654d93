import { describe, expect, it } from "vitest";
import { LogBook, rowsOf } from "./log-book";

function book(capacity: number, ...texts: string[]): LogBook {
  const made = new LogBook(capacity);
  for (const text of texts) made.add(0, { level: "", text });
  return made;
}

const texts = (made: LogBook): string[] => made.slice(0, 1e6).map((line) => line.text);

describe("a log's book", () => {
  it("keeps the newest lines, and says how far what is read moved up", () => {
    const made = book(10);
    for (let i = 0; i < 10; i++) made.add(0, { level: "", text: `${i}` });
    expect(made.settle()).toBe(0);
    for (let i = 10; i < 15; i++) made.add(0, { level: "", text: `${i}` });
    expect(made.settle()).toBe(5);
    expect(texts(made)).toEqual(["5", "6", "7", "8", "9", "10", "11", "12", "13", "14"]);
    expect(made.rows).toBe(10);
    expect(made.top(0)).toBe(0);
  });

  it("gives a line that is cut the rows of what is left of it", () => {
    const made = new LogBook(10);
    made.setColumns(60);
    made.add(0, { level: "", text: "x".repeat(20_000) });
    made.settle();
    expect(made.rows).toBe(67);
  });

  it("lets through what holds all words and has the level", () => {
    const made = book(10, "a cat", "a dog");
    made.add(0, { level: "error", text: "the CAT is gone" });
    made.add(0, { level: "debug", text: "cat noted" });
    made.setFilter({ text: "cat the", level: "" });
    expect(texts(made)).toEqual(["the CAT is gone"]);
    made.setFilter({ text: "cat", level: "info" });
    expect(texts(made)).toEqual(["a cat", "the CAT is gone"]);
    made.add(0, { level: "warning", text: "another cat" });
    expect(texts(made)).toHaveLength(3);
    made.setFilter({ text: "", level: "" });
    expect(texts(made)).toHaveLength(5);
  });

  it("always shows where samples are missing", () => {
    const made = book(10, "before");
    made.lose(0, 7);
    made.setFilter({ text: "nothing has this", level: "error" });
    expect(made.slice(0, 9).map((line) => line.lost)).toEqual([7]);
  });

  it("finds the line at a row when lines are broken", () => {
    const made = book(10, "12345678901", "1", "1\n2\n3", "1");
    made.setColumns(5);
    expect([0, 1, 2, 3].map((i) => made.top(i))).toEqual([0, 3, 4, 7]);
    expect([0, 2, 3, 4, 6, 7, 99].map((row) => made.at(row))).toEqual([0, 0, 1, 2, 2, 3, 3]);
    expect(made.rows).toBe(8);
    made.setColumns(Number.POSITIVE_INFINITY);
    expect(made.rows).toBe(4);
  });

  it("counts wide letters as two", () => {
    expect(rowsOf("日本語日本語", 6)).toBe(2);
    expect(rowsOf("日本語日本語", 6, 1), "in a font that draws boxes for them").toBe(1);
    expect(rowsOf("日本語日本語", 6, 1.7)).toBe(2);
    expect(rowsOf("😀😀😀", 6), "each is one letter").toBe(1);
    expect(rowsOf("", 6)).toBe(1);
  });

  it("takes 100,000 lines and as many more without falling behind", { timeout: 60_000 }, () => {
    const made = new LogBook(100_000);
    made.setColumns(80);
    const start = performance.now();
    for (let i = 0; i < 250_000; i++) {
      made.add(i, { level: "info", text: "GET /products/17 200 12 ms" });
      if (i % 100 === 0) made.settle();
    }
    const each = (performance.now() - start) / 250_000;
    expect(made.length).toBe(100_000);
    expect(made.slice(0, 1)[0]?.time, "the oldest went").toBeGreaterThan(140_000);
    // A tenth of what a line would cost if each moved the array; wide enough for a busy machine.
    expect(each, "ms a line").toBeLessThan(0.1);
  });
});
