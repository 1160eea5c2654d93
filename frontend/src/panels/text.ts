/** `text`: a log that follows its end. Every word of it is set as text, never as HTML. */
import { clip, formatTime } from "../lib/format";
import { shownSamples } from "../lib/types";
import { type LogLine, logLines } from "./log-lines";
import type { Panel, PanelContext } from "./panel";

/** Longer lines are cut: a panel is no place to read a megabyte, and one line must not stall the layout. */
const LONGEST_LINE = 4_000;
/** Lines in the document at a time, whatever the spec asks for. */
const MOST_LINES = 2_000;
/** Pixels from the end within which the log counts as "at its end". */
const END_SLACK = 24;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TextPanel(host, context);
}

class TextPanel implements Panel {
  readonly #context: PanelContext;
  readonly #scroller: HTMLElement;
  readonly #list: HTMLOListElement;
  readonly #jump: HTMLButtonElement;
  #epoch = "";
  #cleared = 0;
  /** Offset of the newest sample in the document. */
  #drawn = 0;
  #follow = true;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#scroller = document.createElement("div");
    this.#scroller.className = "log";
    this.#scroller.tabIndex = 0;
    this.#scroller.setAttribute("role", "log");
    // A busy log read aloud line by line helps nobody; it can be read at leisure.
    this.#scroller.setAttribute("aria-live", "off");
    this.#list = document.createElement("ol");
    this.#scroller.append(this.#list);
    this.#jump = document.createElement("button");
    this.#jump.type = "button";
    this.#jump.className = "log-jump";
    this.#jump.textContent = "↓ follow";
    this.#jump.hidden = true;
    this.#jump.addEventListener("click", () => this.#setFollow(true));
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    host.append(this.#scroller, this.#jump);
  }

  draw(): void {
    const { stream } = this.#context;
    if (stream.epoch !== this.#epoch || stream.cleared !== this.#cleared || stream.offset < this.#drawn) {
      this.#list.replaceChildren();
      this.#epoch = stream.epoch;
      this.#cleared = stream.cleared;
      this.#drawn = stream.cleared;
    }
    const most = Math.min(shownSamples(this.#context.spec()), MOST_LINES);
    const samples = stream.values.between(this.#drawn, this.#context.until());
    const lines: HTMLElement[] = [];
    // Backwards, so that of a burst only what stays is ever made.
    for (let i = samples.length - 1; i >= 0 && lines.length < most; i--) {
      const sample = samples[i];
      if (sample === undefined) continue;
      const entries = logLines(sample.value);
      const lost = sample.offset - 1 - (samples[i - 1]?.offset ?? this.#drawn);
      for (let k = entries.length - 1; k >= 0 && lines.length < most; k--) {
        lines.push(lineElement(sample.time, entries[k] as LogLine));
      }
      if (lost > 0 && this.#drawn > this.#cleared) lines.push(lostElement(lost));
    }
    this.#drawn = samples[samples.length - 1]?.offset ?? this.#drawn;
    this.#list.append(...lines.reverse());
    while (this.#list.childElementCount > most) this.#list.firstElementChild?.remove();
    if (this.#follow) this.#toEnd();
  }

  resize(): void {
    if (this.#follow) this.#toEnd();
  }

  restyle(): void {
    // All looks are CSS.
  }

  destroy(): void {
    this.#scroller.remove();
    this.#jump.remove();
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#setFollow(scrollHeight - clientHeight - scrollTop < END_SLACK);
  }

  #setFollow(follow: boolean): void {
    if (follow && !this.#follow) this.#toEnd();
    this.#follow = follow;
    this.#jump.hidden = follow;
  }
}

function lineElement(time: number, line: LogLine): HTMLLIElement {
  const item = document.createElement("li");
  if (line.level) item.dataset.level = line.level;
  const stamp = document.createElement("time");
  stamp.textContent = formatTime(time);
  const text = document.createElement("span");
  text.textContent = clip(line.text, LONGEST_LINE);
  item.append(stamp, text);
  return item;
}

function lostElement(lost: number): HTMLLIElement {
  const item = document.createElement("li");
  item.className = "log-lost";
  item.textContent = `${lost} lost`;
  return item;
}
