/**
 * `text`: a log that follows its end, with a filter by words and level. Only the lines in sight are in the document, and every word of them is set as
 * text, never as HTML.
 */
import { LONGEST_FILTER } from "../lib/arrangement";
import { formatCount, formatTime } from "../lib/format";
import { titleOf } from "../lib/labels";
import { shownSamples } from "../lib/types";
import type { PanelSettings } from "../wire";
import { copyText } from "./copying";
import { type BookLine, LogBook, readable } from "./log-book";
import { type LogLevel, logLines } from "./log-lines";
import type { Panel, PanelContext } from "./panel";
import "./text.css";

/** Lines that are kept, whatever the spec asks for. */
const MOST_LINES = 100_000;
/** As in the style sheet: a row's height, and how wide the time and the edges are. */
const ROW = 19;
const BESIDE = 102;
/** Rows beyond the edges, so that scrolling finds them there. */
const SPARE = 8;
/** Pixels from the end within which the log counts as "at its end". */
const END_SLACK = 24;
/** How long the copy button says that it did. */
const COPIED_MS = 1_600;

const LEVELS: readonly [LogLevel | "", string][] = [
  ["", "All levels"],
  ["info", "Info and up"],
  ["warning", "Warnings, errors"],
  ["error", "Errors"],
];

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TextPanel(host, context);
}

class TextPanel implements Panel {
  readonly #context: PanelContext;
  readonly #bar = made("div", "panel-bar");
  readonly #filter = made("input", "");
  readonly #level = made("select", "");
  readonly #wrap = chip("Wrap");
  readonly #copy = chip("Copy");
  readonly #count = made("span", "");
  /** The count without and with its noun, which gives way in a narrow panel. */
  readonly #counted = document.createTextNode("");
  readonly #noun = made("small", "panel-noun");
  readonly #scroller = made("div", "log");
  readonly #space = made("div", "log-space");
  readonly #list = made("ol", "");
  readonly #jump = made("button", "log-jump");
  readonly #book = new LogBook(1);
  /** The lines in the document, by their number. */
  #items = new Map<number, HTMLLIElement>();
  /** Which run of samples is in the book. */
  #take = "";
  /** Offset of the newest sample in the book. */
  #drawn = 0;
  #follow = true;
  #letter = 0;
  /** Of letters of East Asian scripts, as many times a letter: the font decides. */
  #wide = 2;
  #width = 0;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#filter.type = "search";
    this.#filter.placeholder = "Filter";
    this.#filter.maxLength = LONGEST_FILTER;
    this.#filter.setAttribute("aria-label", "Filter lines");
    this.#level.setAttribute("aria-label", "Least level");
    for (const [level, name] of LEVELS) {
      const option = made("option", "");
      option.value = level;
      option.textContent = name;
      this.#level.append(option);
    }
    for (const [control, event] of [
      [this.#filter, "input"],
      [this.#level, "change"],
    ] as const)
      control.addEventListener(event, () => this.#filterLines());
    this.#wrap.title = "Long lines go on in the next line";
    this.#wrap.addEventListener("click", () => context.set({ wrap: this.#wraps() ? false : null }));
    this.#copy.title = "Copy these lines";
    this.#copy.addEventListener("click", () => void this.#copyLines());
    this.#count.append(this.#counted, this.#noun);
    this.#bar.append(this.#filter, this.#level, this.#count, this.#wrap, this.#copy);
    for (const control of [this.#filter, this.#level, this.#wrap, this.#copy, this.#jump]) control.dataset.control = "";

    this.#scroller.tabIndex = 0;
    this.#scroller.setAttribute("role", "log");
    // A busy log read aloud line by line helps nobody; it can be read at leisure.
    this.#scroller.setAttribute("aria-live", "off");
    this.#space.append(this.#list);
    this.#scroller.append(this.#space);
    this.#jump.type = "button";
    this.#jump.textContent = "↓ follow";
    this.#jump.hidden = true;
    this.#jump.addEventListener("click", () => {
      this.#setFollow(true);
      this.#scroller.focus({ preventScroll: true });
    });
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    host.append(this.#bar, this.#scroller, this.#jump);
    this.restyle();
  }

  draw(): void {
    const excerpt = this.#context.excerpt();
    // Begun anew, cleared, or gone back in time.
    if (excerpt.take !== this.#take) {
      this.#book.clear();
      this.#take = excerpt.take;
      this.#drawn = 0;
    }
    for (const sample of excerpt.values(this.#drawn)) {
      const lost = this.#drawn === 0 ? 0 : sample.offset - 1 - this.#drawn;
      if (lost > 0) this.#book.lose(sample.time, lost);
      for (const line of logLines(sample.value)) this.#book.add(sample.time, line);
      this.#drawn = sample.offset;
    }
    const gone = this.#book.settle();
    // What somebody reads stays where it is, though lines above it go.
    if (gone > 0 && !this.#follow) this.#scroller.scrollTop -= gone * ROW;
    this.#fill();
  }

  resize(width: number): void {
    this.#width = width;
    this.#layOut();
  }

  restyle(): void {
    this.#book.resize(Math.min(shownSamples(this.#context.spec()), MOST_LINES));
    this.#scroller.setAttribute("aria-label", `${titleOf(this.#context.spec())}: lines`);
    this.#takeFilter();
    this.#wrap.setAttribute("aria-pressed", String(this.#wraps()));
    this.#scroller.classList.toggle("wraps", this.#wraps());
    this.#layOut();
  }

  destroy(): void {
    for (const element of [this.#bar, this.#scroller, this.#jump]) element.remove();
  }

  #wraps(): boolean {
    return this.#context.settings().wrap !== false;
  }

  /** How long lines are broken depends on the panel's width. */
  #layOut(): void {
    if (this.#letter === 0) {
      this.#letter = letterWidth(this.#scroller, "0");
      if (this.#letter > 0) this.#wide = letterWidth(this.#scroller, "\u65e5") / this.#letter;
    }
    // Without the scroll bar, whose place is kept free before there is one.
    const width = this.#scroller.clientWidth || this.#width;
    const columns = Math.max(10, Math.floor((width - BESIDE) / (this.#letter || 7)));
    this.#book.setColumns(this.#wraps() && this.#width > 0 ? columns : Number.POSITIVE_INFINITY, this.#wide);
    // A line that is laid out otherwise is another element.
    this.#items.clear();
    this.#fill();
  }

  #filterLines(): void {
    const level = this.#level.value as PanelSettings["level"] | "";
    this.#context.set({ filter: this.#filter.value || null, level: level || null });
  }

  /** As it is set, by the controls here or by another board. */
  #takeFilter(): void {
    const { filter, level } = this.#context.settings();
    const wanted = { text: filter ?? "", level: level ?? ("" as const) };
    if (this.#filter.value !== wanted.text) this.#filter.value = wanted.text;
    if (this.#level.value !== wanted.level) this.#level.value = wanted.level;
    const { text, level: before } = this.#book.filter;
    if (text !== wanted.text || before !== wanted.level) this.#book.setFilter(wanted);
  }

  /** Puts the lines in sight into the document. */
  #fill(): void {
    const book = this.#book;
    const height = `${book.rows * ROW}px`;
    if (this.#space.style.height !== height) this.#space.style.height = height;
    if (this.#follow) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    const { scrollTop, clientHeight } = this.#scroller;
    // Where nothing can be measured yet the newest lines are made.
    const top = clientHeight === 0 ? book.rows - 1 : scrollTop / ROW;
    const from = Math.max(0, book.at(top) - SPARE);
    const to = book.at(top + clientHeight / ROW) + SPARE + 1;
    const lines = book.slice(from, to);
    const items = new Map<number, HTMLLIElement>();
    for (const line of lines) items.set(line.seq, this.#items.get(line.seq) ?? itemOf(line, this.#wraps()));
    this.#items = items;
    this.#list.style.top = `${book.top(from) * ROW}px`;
    const wanted = [...items.values()];
    const same =
      wanted.length === this.#list.children.length && wanted.every((item, i) => this.#list.children[i] === item);
    if (!same) this.#list.replaceChildren(...wanted);
    const { text, level } = book.filter;
    const count =
      text === "" && level === ""
        ? formatCount(book.length)
        : `${formatCount(book.shown)} of ${formatCount(book.length)}`;
    if (this.#counted.data === count) return;
    this.#counted.data = count;
    this.#noun.textContent = book.length === 1 ? " line" : " lines";
    this.#count.title = this.#count.textContent ?? "";
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#setFollow(scrollHeight - clientHeight - scrollTop < END_SLACK);
    this.#fill();
  }

  #setFollow(follow: boolean): void {
    if (follow === this.#follow) return;
    this.#follow = follow;
    this.#jump.hidden = follow;
    if (follow) this.#fill();
  }

  async #copyLines(): Promise<void> {
    const lines = this.#book.slice(0, MOST_LINES).map((line) => {
      const text = line.lost > 0 ? `(${line.lost} lost)` : line.text;
      return `${formatTime(line.time, 1)}\t${line.level}\t${text}`;
    });
    const copied = await copyText(lines.join("\n"));
    this.#copy.textContent = copied ? "Copied" : "Can't copy here";
    setTimeout(() => {
      this.#copy.textContent = "Copy";
    }, COPIED_MS);
  }
}

function itemOf(line: BookLine, wraps: boolean): HTMLLIElement {
  const item = document.createElement("li");
  if (line.lost > 0) {
    item.className = "log-lost";
    item.textContent = `${formatCount(line.lost)} lost`;
    return item;
  }
  if (line.level) item.dataset.level = line.level;
  const stamp = document.createElement("time");
  stamp.textContent = formatTime(line.time);
  const text = document.createElement("span");
  const shown = readable(line);
  text.textContent = wraps ? shown : shown.replace(/\s*\n\s*/g, " ↵ ");
  item.append(stamp, text);
  return item;
}

function letterWidth(within: HTMLElement, letter: string): number {
  const probe = document.createElement("span");
  probe.className = "log-probe";
  probe.textContent = letter.repeat(50);
  within.append(probe);
  const width = probe.getBoundingClientRect().width / 50;
  probe.remove();
  return width;
}

function made<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}

function chip(text: string): HTMLButtonElement {
  const button = made("button", "chip");
  button.type = "button";
  button.textContent = text;
  return button;
}
