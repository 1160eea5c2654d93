/** What of the board is shown at the moment: hidden panels and a filter leave some out, tabs show one group at a time. */
import { ALL_PASS, type Filter } from "../lib/arrangement";
import { counted, filtered, groupOf, onBoard, type Section, sectionsOf } from "../lib/sections";
import type { Board, Card } from "./board.svelte";

/** What streams without a group are called where there are groups. */
export const UNGROUPED = "General";

export class View {
  readonly #board: Board;
  #barOpen = $state(false);
  /** One group at a time, whatever the board says: a kiosk that rotates. */
  oneGroup = $state(false);
  /** The group whose tab is in front, if there are tabs. */
  #tab = $state("");

  constructor(board: Board) {
    this.#board = board;
    this.#tab = board.taken?.tab ?? "";
  }

  /** A part of the board's arrangement: who saves a board saves what is seen. */
  readonly filter = $derived.by((): Filter => this.#board.settings.all.filter);
  /** All panels of this board, before the filter. */
  readonly cards = $derived.by(() => onBoard(this.#board.cards, this.#board.settings.all));
  readonly shown = $derived.by(() => filtered(this.cards, this.filter));
  readonly hidden = $derived.by(() => this.#board.cards.filter(({ id }) => this.#board.settings.all.hidden.has(id)));
  readonly groups = $derived.by(() => sectionsOf(this.shown));
  readonly filtering = $derived.by(() => this.filter.types.size + this.filter.groups.size > 0);
  /** Where something is left out, the bar says so. */
  readonly filterOpen = $derived.by(() => this.#barOpen || this.filtering);
  readonly tabs = $derived.by(
    () => (this.oneGroup || this.#board.settings.all.groups === "tabs") && this.groups.length > 1,
  );
  readonly tab = $derived.by(() => (this.groups.find(({ name }) => name === this.#tab) ?? this.groups[0])?.name ?? "");
  /** Which of the groups that is: a name may hold spaces, which an element's id may not. */
  readonly tabAt = $derived.by(() => this.groups.findIndex(({ name }) => name === this.tab));
  readonly sections: Section<Card>[] = $derived.by(() =>
    this.tabs ? this.groups.filter(({ name }) => name === this.tab) : this.groups,
  );
  readonly typeCounts = $derived.by(() => counted(this.cards, ({ spec }) => spec.type));
  readonly groupCounts = $derived.by(() => counted(this.cards, groupOf));

  choose(tab: string): void {
    this.#tab = tab;
  }

  /** Puts the next group's tab in front: for kiosks, and for arrow keys. */
  step(by: 1 | -1): void {
    const next = this.groups[(this.tabAt + by + this.groups.length) % this.groups.length];
    if (next) this.#tab = next.name;
  }

  toggleGroups(): void {
    const { settings } = this.#board;
    settings.arrange({ groups: settings.all.groups === "tabs" ? "sections" : "tabs" });
  }

  toggleFilter(kind: keyof Filter, name: string): void {
    const next = new Set(this.filter[kind]);
    if (!next.delete(name)) next.add(name);
    this.#board.settings.arrange({ filter: { ...this.filter, [kind]: next } });
  }

  toggleFilterBar(): void {
    const open = !this.filterOpen;
    if (!open) this.clearFilter();
    this.#barOpen = open;
  }

  /** The board keeps to the panels that it has now, or takes newcomers again. */
  toggleOnly(): void {
    const { settings } = this.#board;
    const only = settings.all.only === undefined ? new Set(this.cards.map(({ id }) => id)) : undefined;
    settings.arrange({ only });
  }

  clearFilter(): void {
    // The bar stays until it is closed.
    this.#barOpen = this.filterOpen;
    if (this.filtering) this.#board.settings.arrange({ filter: ALL_PASS });
  }

  hide(id: string): void {
    const { settings } = this.#board;
    settings.arrange({ hidden: new Set([...settings.all.hidden, id]) });
  }

  /** Brings hidden panels back. */
  show(...ids: string[]): void {
    const { settings } = this.#board;
    const { hidden, only } = settings.all;
    const back = new Set(ids);
    settings.arrange({
      hidden: new Set([...hidden].filter((id) => !back.has(id))),
      only: only && new Set([...only, ...ids]),
    });
  }

  /** Makes sure that a panel can be seen: out of hiding, past the filter, in the tab in front. */
  reveal(id: string): void {
    const card = this.#board.cards.find((one) => one.id === id);
    if (card === undefined) return;
    if (!this.cards.some((one) => one.id === id)) this.show(id);
    if (!this.shown.some((one) => one.id === id)) this.clearFilter();
    this.#tab = groupOf(card);
  }
}
