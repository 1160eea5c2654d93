import { describe, expect, it } from "vitest";
import { actionFor } from "./keys";

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
});
const page = { tag: "body", editable: false };

describe("keys", () => {
  it("do what the help says, in either case", () => {
    expect([" ", "d", "D", "h", "f", "t", "?"].map((key) => actionFor(press(key), page))).toEqual([
      "pause",
      "scroll",
      "scroll",
      "header",
      "fullScreen",
      "theme",
      "help",
    ]);
    expect(actionFor(press("x"), page)).toBeUndefined();
  });

  it("leave the browser's own shortcuts alone", () => {
    expect(actionFor(press("d", { ctrlKey: true }), page)).toBeUndefined();
    expect(actionFor(press("f", { metaKey: true }), page)).toBeUndefined();
    expect(actionFor(press("h", { repeat: true }), page)).toBeUndefined();
  });

  it("rest while someone types or works a control", () => {
    expect(actionFor(press("d"), { tag: "input", editable: false })).toBeUndefined();
    expect(actionFor(press("d"), { tag: "div", editable: true })).toBeUndefined();
    expect(actionFor(press(" "), { tag: "button", editable: false })).toBeUndefined();
    expect(actionFor(press("d"), { tag: "button", editable: false })).toBe("scroll");
  });
});
