/** The time under the pointer, marked in all charts of the page: a line, and a dot on each series. Elements over the canvas, so that it costs no painting. */
import type { Box } from "./projection";

/** Where a chart has its line and dots; dots without a place are hidden. */
export interface Marks {
  readonly x: number;
  readonly dots: readonly { readonly x: number; readonly y: number; readonly colour: string }[];
}

/** What a chart says of itself. */
export interface Marked {
  /** The time at a place of the chart. */
  timeAt(x: number): number;
  /** Another time is marked; undefined: none. */
  marked(time: number | undefined): void;
}

const cursors = new Set<TimeCursor>();

function markAll(time: number | undefined): void {
  for (const cursor of cursors) cursor.chart.marked(time);
}

export class TimeCursor {
  readonly chart: Marked;
  /** Covers the data: what the hand works on. */
  readonly element = document.createElement("div");
  readonly #line = document.createElement("i");
  readonly #dots: HTMLElement[] = [];
  /** The pointer's place in this chart, while it is over it. */
  #pointer: number | undefined;
  #box: Box = { left: 0, top: 0, width: 0, height: 0 };

  constructor(host: HTMLElement, chart: Marked) {
    this.chart = chart;
    this.element.className = "chart-plot";
    this.#line.className = "chart-cursor";
    this.#line.hidden = true;
    this.element.append(this.#line);
    host.append(this.element);
    // The mouse's events and not the pointer's: after a tap they leave the mark where the finger was.
    this.element.addEventListener("mousemove", (event) => {
      this.#pointer = event.clientX - this.element.getBoundingClientRect().left;
      this.#mark();
    });
    this.element.addEventListener("mouseleave", () => {
      this.#pointer = undefined;
      markAll(undefined);
    });
    cursors.add(this);
  }

  /** The chart has drawn: under a pointer that stands still there is another time now. */
  drawn(box: Box): void {
    const { style } = this.element;
    const before = this.#box;
    this.#box = box;
    if (before.left !== box.left) style.left = `${box.left}px`;
    if (before.top !== box.top) style.top = `${box.top}px`;
    if (before.width !== box.width) style.width = `${box.width}px`;
    if (before.height !== box.height) style.height = `${box.height}px`;
    if (this.#pointer !== undefined) this.#mark();
  }

  show(marks: Marks | undefined): void {
    this.#line.hidden = marks === undefined;
    if (marks) this.#line.style.transform = `translateX(${marks.x - this.#box.left}px)`;
    const dots = marks?.dots ?? [];
    while (this.#dots.length < dots.length) {
      const dot = document.createElement("i");
      dot.className = "chart-dot";
      this.element.append(dot);
      this.#dots.push(dot);
    }
    for (const [i, dot] of this.#dots.entries()) {
      const at = dots[i];
      dot.hidden = at === undefined;
      if (at === undefined) continue;
      dot.style.transform = `translate(${at.x - this.#box.left}px, ${at.y - this.#box.top}px)`;
      dot.style.borderColor = at.colour;
    }
  }

  destroy(): void {
    cursors.delete(this);
    if (this.#pointer !== undefined) markAll(undefined);
    this.element.remove();
  }

  #mark(): void {
    if (this.#pointer !== undefined) markAll(this.chart.timeAt(this.#box.left + this.#pointer));
  }
}
