import { describe, expect, it } from "vitest";
import { isPicture, plainCopy, TooLargeError } from "./sanitise";

describe("plainCopy", () => {
  it("copies data", () => {
    const data = { a: [1, "two", null, true, { b: 2.5 }] };
    const copy = plainCopy(data);
    expect(copy).toEqual(data);
    expect(copy).not.toBe(data);
  });

  it("drops every key that reaches a prototype", () => {
    const evil = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "ok": {"__proto__": 1}}',
    );
    const copy = plainCopy(evil) as Record<string, unknown>;
    expect(Object.keys(copy)).toEqual(["ok"]);
    expect((copy as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("has no place for functions", () => {
    expect(plainCopy({ callback: () => 1, symbol: Symbol("x") })).toEqual({ callback: undefined, symbol: undefined });
  });

  it("refuses what is too deep or too large", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = [deep];
    expect(() => plainCopy(deep)).toThrow(TooLargeError);
    expect(() => plainCopy(Array(300_000).fill(1))).toThrow(TooLargeError);
    expect(plainCopy("x".repeat(100_000))).toHaveLength(10_000);
  });
});

describe("isPicture", () => {
  it("takes pictures that can't carry script", () => {
    for (const kind of ["png", "jpeg", "jpg", "webp", "gif"]) {
      expect(isPicture(`data:image/${kind};base64,iVBORw0KGgo`), kind).toBe(true);
    }
  });

  it("takes nothing else", () => {
    const others = [
      "data:image/svg+xml;base64,PHN2Zz4=",
      "data:text/html;base64,PGI+",
      "data:image/png,raw",
      "https://example.org/x.png",
      "javascript:alert(1)",
      " data:image/png;base64,iVBO",
      "data:image/png;base64,<svg",
      "",
      null,
      { toString: () => "data:image/png;base64,iVBO" },
    ];
    for (const other of others) expect(isPicture(other), String(other)).toBe(false);
  });
});
