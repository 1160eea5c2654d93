import { describe, expect, it } from "vitest";
import { match, ranked } from "./fuzzy";

const order = (query: string, texts: string[]) => ranked(query, texts, (text) => [text], 10).map(({ thing }) => thing);

describe("a match", () => {
  it("needs all letters in order, in any case, and no spaces", () => {
    expect(match("cpu", "CPU load")?.at).toEqual([0, 1, 2]);
    expect(match("cl", "CPU load")?.at).toEqual([0, 4]);
    expect(match("c l", "CPU load")?.at).toEqual([0, 4]);
    expect(match("lc", "CPU load")).toBeUndefined();
    expect(match("", "anything")).toEqual({ score: 0, at: [] });
  });

  it("means beginnings of words rather than letters inside of them", () => {
    expect(match("ws", "news of wind speed")?.at).toEqual([8, 13]);
  });

  it("survives letters whose lower case is longer, and endless names", () => {
    expect(match("i", "İstanbul")).toBeDefined();
    expect(match("b", `${"a".repeat(10_000)}b`)).toBeUndefined();
    expect(match("%", "100 %")?.at).toEqual([4]);
  });
});

describe("ranking", () => {
  it("puts beginnings first, then beginnings of words, then letters side by side", () => {
    expect(order("mem", ["Remember", "GPU memory", "Memory", "Main event map"])).toEqual([
      "Memory",
      "GPU memory",
      "Main event map",
      "Remember",
    ]);
  });

  it("puts the shorter one first where two fit as well", () => {
    expect(order("cpu", ["CPU of the second machine", "CPU"])).toEqual(["CPU", "CPU of the second machine"]);
  });

  it("leaves everything as it is without a query, up to a bound", () => {
    expect(order("", ["b", "a", "c"])).toEqual(["b", "a", "c"]);
    expect(ranked("a", Array(50).fill("a"), (text) => [text as string], 7)).toHaveLength(7);
  });

  it("looks at other names, too, and counts them less", () => {
    const things = [
      { name: "Door", id: "cam/7" },
      { name: "Camera", id: "x" },
    ];
    expect(ranked("cam", things, ({ name, id }) => [name, id], 9).map(({ thing }) => thing.name)).toEqual([
      "Camera",
      "Door",
    ]);
  });

  it("takes other names only with what was typed in one piece", () => {
    const things = [
      { name: "CPU", group: "Wetter und Klima der nördlichen Außenstellen" },
      { name: "Rain", group: "Daten" },
    ];
    const found = (query: string) => ranked(query, things, ({ name, group }) => [name, group], 9);
    expect(found("daten").map(({ thing }) => thing.name)).toEqual(["Rain"]);
    expect(found("wetter klima").map(({ thing }) => thing.name)).toEqual(["CPU"]);
  });
});
