/**
 * `table`: the newest sample's rows (or those of the newest `active_points` samples), to sort, to filter and to copy. Only the rows in sight are
 * in the document, whatever the table's length, and every cell is text.
 */
import { LONGEST_FILTER } from "../lib/arrangement";
import { clip, formatCount } from "../lib/format";
import { titleOf } from "../lib/labels";
import { copyText } from "./copying";
import { type DataRows, dataRows } from "./data-rows";
import type { Panel, PanelContext } from "./panel";
import {
  cellText,
  cellValue,
  filtered,
  numericColumns,
  type Sorting,
  sorted,
  type TableRow,
  tabbed,
} from "./table-rows";
import "./table.css";

/** As in the style sheet. */
const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 28;
/** Rows beyond the edges, so that scrolling finds them there. */
const SPARE = 6;
/** Where a table gets a filter: shorter ones are read at a glance. */
const FILTER_FROM = 8;
/** A table with so many rows is sorted and filtered this often (ms) at the most: ten thousand rows take some 50 ms. */
const LARGE = 1_000;
const LARGE_PAUSE = 500;
/** How long the copy button says that it did. */
const COPIED_MS = 1_600;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TablePanel(host, context, 0);
}

/** Shows the rows of any type; not more often than every `pause` ms. */
export class TablePanel implements Panel {
  readonly #context: PanelContext;
  readonly #pause: number;
  readonly #bar = document.createElement("div");
  readonly #filter = document.createElement("input");
  readonly #count = document.createElement("span");
  readonly #copy = document.createElement("button");
  readonly #scroller = document.createElement("div");
  readonly #table = document.createElement("table");
  readonly #head = document.createElement("tr");
  readonly #body = document.createElement("tbody");
  readonly #before = document.createElement("tr");
  readonly #after = document.createElement("tr");
  /** The rows in the document, used again and again. */
  readonly #lines: HTMLTableRowElement[] = [];
  #rows: readonly TableRow[] = [];
  #shown: readonly TableRow[] = [];
  #columns: string[] = [];
  #numeric = new Map<string, number>();
  #headKey = "";
  #drawnAt = Number.NEGATIVE_INFINITY;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, context: PanelContext, pause: number) {
    this.#context = context;
    this.#pause = pause;
    this.#bar.className = "panel-bar";
    this.#filter.type = "search";
    this.#filter.placeholder = "Filter";
    this.#filter.setAttribute("aria-label", "Filter rows");
    this.#filter.maxLength = LONGEST_FILTER;
    this.#filter.value = context.settings().filter ?? "";
    this.#filter.addEventListener("input", () => {
      context.set({ filter: this.#filter.value || null });
      this.#arrange();
      this.#fill();
    });
    this.#copy.type = "button";
    this.#copy.className = "chip";
    this.#copy.textContent = "Copy";
    this.#copy.title = "Copy these rows, for a spreadsheet";
    this.#copy.addEventListener("click", () => void this.#copyRows());
    this.#bar.append(this.#filter, this.#count, this.#copy);
    for (const control of [this.#filter, this.#copy]) control.dataset.control = "";
    this.#scroller.className = "table";
    this.#scroller.tabIndex = 0;
    this.#scroller.setAttribute("role", "region");
    this.#scroller.addEventListener("scroll", () => this.#fill(), { passive: true });
    const head = document.createElement("thead");
    head.append(this.#head);
    for (const spacer of [this.#before, this.#after]) {
      spacer.className = "table-space";
      spacer.setAttribute("aria-hidden", "true");
    }
    this.#table.append(head, this.#body);
    this.#scroller.append(this.#table);
    host.append(this.#bar, this.#scroller);
  }

  draw(): void {
    const wait = this.#drawnAt + (this.#rows.length > LARGE ? LARGE_PAUSE : this.#pause) - performance.now();
    if (wait > 0) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.#context.changed();
      }, wait);
      return;
    }
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#drawnAt = performance.now();
    const spec = this.#context.spec();
    const { columns, rows }: DataRows = dataRows(this.#context.excerpt(), spec);
    this.#rows = rows;
    this.#columns = columns;
    this.#numeric = numericColumns(this.#rows, this.#columns);
    this.#table.setAttribute("aria-label", titleOf(spec));
    this.#scroller.setAttribute("aria-label", `${titleOf(spec)}: rows`);
    this.#drawHead();
    this.#arrange();
    this.#fill();
  }

  resize(): void {
    this.#fill();
  }

  restyle(): void {
    this.#headKey = "";
    const { filter } = this.#context.settings();
    if (this.#filter.value !== (filter ?? "")) this.#filter.value = filter ?? "";
  }

  get #sorting(): Sorting | undefined {
    return this.#context.settings().sort ?? undefined;
  }

  destroy(): void {
    clearTimeout(this.#later);
    this.#bar.remove();
    this.#scroller.remove();
  }

  #drawHead(): void {
    const key = JSON.stringify([this.#columns, [...this.#numeric.keys()], this.#sorting]);
    if (key === this.#headKey) return;
    this.#headKey = key;
    const focused = this.#head.contains(document.activeElement)
      ? [...this.#head.children].findIndex((cell) => cell.contains(document.activeElement))
      : -1;
    this.#head.replaceChildren(
      ...this.#columns.map((column) => {
        const cell = document.createElement("th");
        cell.scope = "col";
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = clip(column, 60);
        if (this.#numeric.has(column)) cell.className = "number";
        if (this.#sorting?.column === column) {
          cell.setAttribute("aria-sort", this.#sorting.falling ? "descending" : "ascending");
        }
        button.addEventListener("click", () => this.#sortBy(column));
        cell.append(button);
        return cell;
      }),
    );
    if (focused >= 0) this.#head.children[focused]?.querySelector("button")?.focus();
  }

  /** First the way that says most (large numbers, texts from A), then the other way, then as it was sent. */
  #sortBy(column: string): void {
    const first = this.#numeric.has(column);
    const now = this.#sorting;
    const next = now?.column !== column ? first : now.falling === first ? !first : undefined;
    this.#context.set({ sort: next === undefined ? null : { column, falling: next } });
    this.#drawHead();
    this.#arrange();
    this.#fill();
  }

  #arrange(): void {
    this.#shown = sorted(filtered(this.#rows, this.#filter.value), this.#sorting);
    const all = this.#rows.length;
    const some = this.#shown.length;
    this.#count.textContent =
      some === all
        ? `${formatCount(all)} ${all === 1 ? "row" : "rows"}`
        : `${formatCount(some)} of ${formatCount(all)} rows`;
    this.#table.setAttribute("aria-rowcount", String(some + 1));
    this.#filter.hidden = all < FILTER_FROM && this.#filter.value === "";
  }

  async #copyRows(): Promise<void> {
    const copied = await copyText(tabbed(this.#shown, this.#columns));
    this.#copy.textContent = copied ? "Copied" : "Can't copy here";
    setTimeout(() => {
      this.#copy.textContent = "Copy";
    }, COPIED_MS);
  }

  /** Puts the rows in sight into the document. */
  #fill(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const count = Math.ceil(Math.max(0, clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) + SPARE * 2;
    // Even, so that the stripes stay with their rows.
    const last = Math.max(0, this.#shown.length - count);
    const first = Math.min(last + (last % 2), Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE) & ~1);
    const shown = this.#shown.slice(first, first + count);
    while (this.#lines.length < shown.length) this.#lines.push(document.createElement("tr"));
    const { decimals } = this.#context.spec();
    for (const [i, row] of shown.entries()) {
      const line = this.#lines[i] as HTMLTableRowElement;
      const place = String(first + i + 2);
      if (line.getAttribute("aria-rowindex") !== place) line.setAttribute("aria-rowindex", place);
      while (line.cells.length > this.#columns.length) line.deleteCell(-1);
      for (const [k, column] of this.#columns.entries()) {
        const cell = line.cells[k] ?? line.insertCell();
        const value = cellValue(row, column);
        const text = cellText(value, decimals ?? this.#numeric.get(column));
        if (cell.textContent !== text) {
          cell.textContent = text;
          cell.title = text.length > 24 ? text : "";
        }
        const kind = this.#numeric.has(column) ? "number" : typeof value === "boolean" ? (value ? "yes" : "no") : "";
        if (cell.className !== kind) cell.className = kind;
      }
    }
    setHeight(this.#before, first * ROW_HEIGHT);
    setHeight(this.#after, (this.#shown.length - first - shown.length) * ROW_HEIGHT);
    const wanted = [this.#before, ...this.#lines.slice(0, shown.length), this.#after];
    const same =
      wanted.length === this.#body.children.length && wanted.every((row, i) => this.#body.children[i] === row);
    if (!same) this.#body.replaceChildren(...wanted);
  }
}

function setHeight(row: HTMLElement, height: number): void {
  const text = `${height}px`;
  if (row.style.height !== text) row.style.height = text;
}
