import { describe, expect, it } from "vitest";
import { counted, filtered, groupOf, onBoard, sectionsOf } from "./sections";

const card = (id: string, type = "line", group?: string) => ({
  id,
  spec: group === undefined ? { type } : { type, group },
});
const cards = [
  card("cpu", "line", "server"),
  card("log", "text"),
  card("ram", "area", " server "),
  card("door", "video_stream", "home"),
];
const ids = (shown: readonly { id: string }[]) => shown.map(({ id }) => id).join(" ");
const none: ReadonlySet<string> = new Set();

describe("what a board shows", () => {
  it("is all but what was hidden", () => {
    expect(ids(onBoard(cards, { hidden: new Set(["log"]), only: undefined }))).toBe("cpu ram door");
  });

  it("is what was chosen, if something was", () => {
    expect(ids(onBoard(cards, { hidden: none, only: new Set(["log", "gone", "door"]) }))).toBe("log door");
    expect(ids(onBoard(cards, { hidden: new Set(["log"]), only: new Set(["log"]) }))).toBe("");
  });
});

describe("a filter", () => {
  it("lets through what has one of its types and one of its groups", () => {
    expect(ids(filtered(cards, { types: none, groups: none }))).toBe("cpu log ram door");
    expect(ids(filtered(cards, { types: new Set(["line", "text"]), groups: none }))).toBe("cpu log");
    expect(ids(filtered(cards, { types: new Set(["line", "text"]), groups: new Set(["server"]) }))).toBe("cpu");
    expect(ids(filtered(cards, { types: none, groups: new Set([""]) }))).toBe("log");
  });
});

describe("sections", () => {
  it("hold the streams of a group, those without one first", () => {
    expect(sectionsOf(cards).map(({ name, members }) => [name, ids(members)])).toEqual([
      ["", "log"],
      ["server", "cpu ram"],
      ["home", "door"],
    ]);
    expect(sectionsOf([])).toEqual([]);
  });

  it("take a group called like a part of JavaScript, and cut endless ones", () => {
    const odd = [card("a", "line", "__proto__"), card("b", "line", "x".repeat(10_000))];
    expect(sectionsOf(odd).map(({ name }) => name.length)).toEqual([9, 128]);
  });
});

it("kinds are counted, most first", () => {
  expect(counted(cards, groupOf)).toEqual([
    { name: "server", count: 2 },
    { name: "", count: 1 },
    { name: "home", count: 1 },
  ]);
});
