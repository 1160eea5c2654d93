/** A canvas that fills its panel, sharp on any screen, for panels that draw by hand; and a note beside the pointer, which is text and nothing else. */
import { clip } from "../lib/format";

/** Descriptions change at most this often: a screen reader that is in the middle of one starts again with each. */
const DESCRIBE_MS = 2_000;

export class Sheet {
  readonly canvas = document.createElement("canvas");
  width = 0;
  height = 0;
  #description = "";
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement) {
    this.canvas.className = "sheet";
    host.append(this.canvas);
  }

  /** Whether there is room to draw in. */
  get ready(): boolean {
    return this.width >= 20 && this.height >= 20;
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    this.canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
  }

  /** An empty canvas whose unit is a CSS pixel; undefined while there is no room. */
  begin(): CanvasRenderingContext2D | undefined {
    const ctx = this.ready ? this.canvas.getContext("2d") : null;
    if (!ctx) return undefined;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.clearRect(0, 0, this.width, this.height);
    return ctx;
  }

  /** What those hear who can't see it: told anew now and then, and not with every draw. */
  describe(text: string): void {
    this.#description = clip(text, 300);
    if (this.#telling !== undefined) return;
    this.#tell();
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#tell();
    }, DESCRIBE_MS);
  }

  destroy(): void {
    clearTimeout(this.#telling);
    this.canvas.remove();
  }

  #tell(): void {
    if (this.canvas.getAttribute("aria-label") === this.#description) return;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", this.#description);
  }
}

/** Calls back with the pointer's place on an element, and with nothing when it leaves. */
export function followPointer(
  element: HTMLElement,
  moved: (at: { x: number; y: number } | undefined) => void,
): { readonly at: { x: number; y: number } | undefined } {
  const pointer: { at: { x: number; y: number } | undefined } = { at: undefined };
  const take = (event: PointerEvent): void => {
    pointer.at = { x: event.offsetX, y: event.offsetY };
    moved(pointer.at);
  };
  const leave = (): void => {
    pointer.at = undefined;
    moved(undefined);
  };
  element.addEventListener("pointermove", take, { passive: true });
  element.addEventListener("pointerdown", take, { passive: true });
  element.addEventListener("pointerleave", leave, { passive: true });
  return pointer;
}

/** A note beside the pointer, and beside what the keys have chosen: then it is also said. */
export class Tip {
  readonly #element = document.createElement("div");
  readonly #voice = document.createElement("p");
  readonly #host: HTMLElement;
  #text = "";

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#element.className = "tip";
    this.#element.hidden = true;
    this.#voice.className = "visually-hidden";
    this.#voice.setAttribute("aria-live", "polite");
    host.append(this.#element, this.#voice);
  }

  /** Once for each step of a person, and not with each change of the data. */
  say(lines: readonly string[]): void {
    this.#voice.textContent = lines.map((line) => clip(line, 120)).join(", ");
  }

  show(x: number, y: number, lines: readonly string[]): void {
    const text = lines.map((line) => clip(line, 120)).join("\n");
    if (text !== this.#text) this.#element.textContent = text;
    this.#text = text;
    this.#element.hidden = false;
    const { clientWidth, clientHeight } = this.#host;
    const { offsetWidth, offsetHeight } = this.#element;
    // Beside the pointer, on the side where there is room; never over the panel's edge.
    const left = x + 14 + offsetWidth < clientWidth ? x + 14 : x - 14 - offsetWidth;
    const top = y + 14 + offsetHeight < clientHeight ? y + 14 : y - 10 - offsetHeight;
    this.#element.style.left = `${Math.max(2, left)}px`;
    this.#element.style.top = `${Math.max(2, top)}px`;
  }

  hide(): void {
    this.#element.hidden = true;
  }

  destroy(): void {
    this.#voice.remove();
    this.#element.remove();
  }
}

/** Text cut so that it is at most `room` pixels wide; "" where not even two letters fit. */
export function fitted(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (room < 10) return "";
  let short = clip(text, 120);
  if (ctx.measureText(short).width <= room) return short;
  // Halving finds the length in seven steps, whatever the text.
  let low = 0;
  let high = short.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ctx.measureText(`${short.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  short = low < 2 ? "" : `${short.slice(0, low).trimEnd()}…`;
  return short;
}
