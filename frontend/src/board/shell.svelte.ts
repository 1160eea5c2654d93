/** What the page's parts share besides the board itself: chrome, menus, what is shown, and arranging by hand. */

import type { Places } from "../lib/places";
import { Arranger } from "./arranger.svelte";
import type { Board, Card } from "./board.svelte";
import { Chrome } from "./chrome.svelte";
import { Menus } from "./menu.svelte";
import { View } from "./view.svelte";

export class Shell {
  readonly board: Board;
  readonly chrome = new Chrome();
  readonly menus = new Menus();
  /** The dialog that is open, and the panel that it is about. */
  dialog = $state.raw<{ kind: "code" | "rule"; card: Card } | undefined>(undefined);
  /** The list of alerts is open, below this button. */
  alertsAt = $state.raw<HTMLElement | undefined>(undefined);
  readonly view: View;
  readonly arranger: Arranger;
  /** The board is wide enough for panels to have places, as the grid says. */
  wide = $state(false);
  /** Each section's places as they are laid out; the grid writes them. */
  laid = $state.raw<readonly { name: string; places: Places }[]>([]);

  constructor(board: Board) {
    this.board = board;
    this.view = new View(board);
    this.arranger = new Arranger(board.settings);
  }

  /** Whether panels can be moved and resized: not on a narrow board, and not while a filter leaves some out. */
  get arrangeable(): boolean {
    return this.wide && !this.view.filtering && this.chrome.enlarged === undefined;
  }

  moveByKeys(id: string): void {
    const section = this.laid.find(({ places }) => places.has(id));
    if (section && this.arrangeable) this.arranger.take(section.name, id, "keys", section.places);
  }

  /** The whole board as one file, as it is now. */
  async saveSnapshot(): Promise<void> {
    const { board } = this;
    try {
      const { saveSnapshot } = await import("../export/snapshot");
      await saveSnapshot(board);
    } catch (error) {
      board.toasts.show("export", "warn", `Not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Brings a panel into sight and gives it the focus. */
  goTo(id: string): void {
    this.view.reveal(id);
    requestAnimationFrame(() => {
      const panel = document.querySelector<HTMLElement>(`article[data-stream="${CSS.escape(id)}"]`);
      panel?.scrollIntoView({ block: "center", behavior: "instant" });
      panel?.focus({ preventScroll: true });
    });
  }
}
