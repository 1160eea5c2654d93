// @vitest-environment happy-dom
/** The hand on an axis of time. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { followHand } from "./gestures";

const look = vi.fn();
let element: HTMLElement;

beforeEach(() => {
  look.mockClear();
  element = document.createElement("div");
  Object.defineProperty(element, "clientWidth", { value: 100 });
  element.setPointerCapture = () => undefined;
  document.body.replaceChildren(element);
  followHand(element, { shown: () => ({ from: 0, to: 1_000 }), look });
});

function hand(kind: "pointerdown" | "pointermove" | "pointerup", clientX: number, buttons: number): void {
  element.dispatchEvent(new PointerEvent(kind, { clientX, buttons, button: 0, pointerId: 1 }));
}

describe("a hand on an axis of time", () => {
  it("moves it while it holds the button", () => {
    hand("pointerdown", 50, 1);
    hand("pointermove", 60, 1);
    expect(look).toHaveBeenLastCalledWith({ at: 900, span: 1_000 });
    hand("pointerup", 60, 0);
    hand("pointermove", 90, 0);
    expect(look).toHaveBeenCalledTimes(1);
  });

  it("moves nothing once the button was let go elsewhere, and takes hold anew", () => {
    hand("pointerdown", 50, 1);
    hand("pointermove", 51, 1);
    // Straight down and out of the chart, where the button goes up; then back.
    hand("pointermove", 80, 0);
    hand("pointermove", 20, 0);
    expect(look).not.toHaveBeenCalled();
    hand("pointerdown", 20, 1);
    hand("pointermove", 22, 1);
    expect(look, "two pixels are no drag").not.toHaveBeenCalled();
    hand("pointermove", 30, 1);
    expect(look).toHaveBeenCalledTimes(1);
  });
});
