/**
 * The hand on an axis of time: dragging moves it, the wheel with Ctrl, Alt or Shift zooms it, and so do two fingers; a double click goes
 * live again. Every move is told as the moment that the whole board should show.
 */
import { type Moment, pan, type Stretch, zoom } from "../lib/moment";

export interface TimeAxis {
  /** The stretch that the element's width shows now. */
  shown(): Stretch;
  look(moment: Moment | undefined): void;
}

/** Less is a click with an unsteady hand. */
const LEAST_DRAG_PX = 4;
/** One notch of a usual wheel is 100 to 120 of these and zooms by a quarter. */
const ZOOM_A_STEP = 0.0022;

interface Finger {
  x: number;
  /** The time that was under it when it came down. */
  time: number;
}

export function followHand(element: HTMLElement, axis: TimeAxis): void {
  const fingers = new Map<number, Finger>();
  let startX = 0;
  let start: Stretch | undefined;
  let dragging = false;

  const xOf = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
  const timeAt = (window: Stretch, x: number): number =>
    window.from + ((window.to - window.from) * x) / Math.max(1, element.clientWidth);

  // A vertical swipe still scrolls the page.
  element.style.touchAction = "pan-y";

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const x = xOf(event);
    start = axis.shown();
    startX = x;
    dragging = fingers.size > 0;
    fingers.set(event.pointerId, { x, time: timeAt(start, x) });
    for (const finger of fingers.values()) finger.time = timeAt(start, finger.x);
  });
  const up = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId)) return;
    element.classList.remove("dragged");
    // The finger that stays begins anew from where it is.
    const [left] = fingers.values();
    if (left) {
      start = axis.shown();
      startX = left.x;
    }
  };
  element.addEventListener("pointermove", (event) => {
    // A button that was let go outside of the element, before it was a drag: nobody said so.
    if (event.buttons === 0) return up(event);
    const finger = fingers.get(event.pointerId);
    if (finger === undefined || start === undefined) return;
    finger.x = xOf(event);
    if (!dragging && Math.abs(finger.x - startX) < LEAST_DRAG_PX) return;
    if (!dragging) element.setPointerCapture(event.pointerId);
    dragging = true;
    element.classList.add("dragged");
    const [one, other] = [...fingers.values()];
    if (one && other) {
      const apart = Math.abs(one.x - other.x);
      const span = ((Math.abs(one.time - other.time) || 1) * element.clientWidth) / Math.max(10, apart);
      const middle = (one.time + other.time) / 2;
      const share = 1 - (one.x + other.x) / 2 / Math.max(1, element.clientWidth);
      axis.look({ at: middle + share * span, span });
    } else {
      const moved = ((finger.x - startX) * (start.to - start.from)) / Math.max(1, element.clientWidth);
      axis.look(pan(start, -moved, Number.POSITIVE_INFINITY));
    }
  });
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener(
    "wheel",
    (event) => {
      if (!(event.ctrlKey || event.altKey || event.shiftKey || event.metaKey)) return;
      event.preventDefault();
      const window = axis.shown();
      const turned = Math.max(-400, Math.min(400, event.deltaY || event.deltaX));
      const factor = Math.exp(turned * ZOOM_A_STEP);
      axis.look(zoom(window, factor, timeAt(window, xOf(event)), Number.POSITIVE_INFINITY));
    },
    { passive: false },
  );
  element.addEventListener("dblclick", () => axis.look(undefined));
}
