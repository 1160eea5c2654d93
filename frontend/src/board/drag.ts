/**
 * A panel under the pointer: from the press, over a small way that makes it a drag and not a click, to the release. Near the window's edge the page scrolls
 * along. Escape, or a pointer that the browser takes away, ends it without effect.
 */

/** Less is a hand that was not quite still. */
const THRESHOLD_PX = 5;
const EDGE_PX = 70;
/** Pixels a frame at the very edge. */
const FASTEST_SCROLL = 18;

export interface DragListener {
  began(): void;
  /** The pointer has gone so far over the page since the press. */
  went(dx: number, dy: number): void;
  ended(kept: boolean): void;
}

export function drag(press: PointerEvent, listener: DragListener): void {
  const start = { x: press.clientX, y: press.clientY + window.scrollY };
  const at = { x: press.clientX, y: press.clientY };
  const stop = new AbortController();
  const { signal } = stop;
  let began = false;
  let frame = 0;

  function tell(): void {
    if (began) listener.went(at.x - start.x, at.y + window.scrollY - start.y);
  }

  function scroll(): void {
    const over = at.y < EDGE_PX ? at.y - EDGE_PX : Math.max(0, at.y - (innerHeight - EDGE_PX));
    if (over !== 0) {
      window.scrollBy({
        top: (Math.max(-EDGE_PX, Math.min(EDGE_PX, over)) / EDGE_PX) * FASTEST_SCROLL,
        behavior: "instant",
      });
      tell();
    }
    frame = requestAnimationFrame(scroll);
  }

  function end(kept: boolean): void {
    stop.abort();
    cancelAnimationFrame(frame);
    if (began) listener.ended(kept);
  }

  window.addEventListener(
    "pointermove",
    (event) => {
      if (event.pointerId !== press.pointerId) return;
      at.x = event.clientX;
      at.y = event.clientY;
      if (!began && Math.hypot(at.x - press.clientX, at.y - press.clientY) >= THRESHOLD_PX) {
        began = true;
        listener.began();
        frame = requestAnimationFrame(scroll);
      }
      tell();
    },
    { signal },
  );
  window.addEventListener("pointerup", (event) => event.pointerId === press.pointerId && end(true), { signal });
  window.addEventListener("pointercancel", (event) => event.pointerId === press.pointerId && end(false), { signal });
  window.addEventListener("blur", () => end(false), { signal });
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end(false);
    },
    { signal, capture: true },
  );
}
