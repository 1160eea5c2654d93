/** Menus of the board: one is open at a time, and `MenuHost.svelte` shows it in the page's top layer, where no panel's edge cuts it off. */
import type { IconName } from "./Icon.svelte";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** Its key, or another short word at its right. */
  hint?: string;
  /** For what is on or off. */
  checked?: boolean;
  danger?: boolean;
  run(): void;
}

export type MenuEntry = MenuItem | "rule";

export interface OpenMenu {
  anchor: HTMLElement;
  label: string;
  entries: MenuEntry[];
}

export class Menus {
  now = $state.raw<OpenMenu | undefined>(undefined);

  #anchor: HTMLElement | undefined;

  /** Opens another menu in the place of the one whose entry was just chosen. */
  next(label: string, entries: MenuEntry[]): void {
    if (this.#anchor) this.now = { anchor: this.#anchor, label, entries };
  }

  /** Opens a menu below a button, or closes it if it is that button's already. */
  toggle(anchor: HTMLElement, label: string, entries: MenuEntry[]): void {
    this.#anchor = anchor;
    this.now = this.now?.anchor === anchor ? undefined : { anchor, label, entries };
  }

  close(refocus = false): void {
    const anchor = this.now?.anchor;
    this.now = undefined;
    if (refocus) anchor?.focus();
  }
}
