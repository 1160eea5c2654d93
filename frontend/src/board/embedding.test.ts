import { expect, it } from "vitest";
import { wrongName } from "./boards.svelte";
import { embeddingOf } from "./embedding";

it("an address names the stream to embed, its look and its size", () => {
  expect(embeddingOf({ pathname: "/", search: "?theme=dark" })).toBeUndefined();
  expect(embeddingOf({ pathname: "/embed/a%20b/c", search: "?theme=dark&width=300&height=200" })).toEqual({
    stream: "a b/c",
    theme: "dark",
    width: 300,
    height: 200,
  });
  expect(embeddingOf({ pathname: "/embed/%E0", search: "?theme=red&width=-1&height=1e9" })).toEqual({
    stream: "%E0",
    theme: undefined,
    width: undefined,
    height: undefined,
  });
});

it("a board's name is one that a link can hold", () => {
  expect(["", "a/b", ".x", "a  b", "right\u202eleft", "x".repeat(65)].filter((name) => !wrongName(name))).toEqual([]);
  expect(["Küche 2", "CPU & RAM", "日本"].filter((name) => wrongName(name))).toEqual([]);
});
