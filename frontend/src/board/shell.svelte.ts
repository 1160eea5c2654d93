/** What the page's parts share besides the board itself: chrome, menus, dialogs, saved boards, what is shown, and arranging by hand. */
import { clip } from "../lib/format";
import { titleOf } from "../lib/labels";
import { fetchPart } from "../lib/parts";
import type { Places } from "../lib/places";
import { Arranger } from "./arranger.svelte";
import type { Board, Card } from "./board.svelte";
import { Boards } from "./boards.svelte";
import { Chrome } from "./chrome.svelte";
import { Dialogs } from "./dialogs.svelte";
import { Kiosk } from "./kiosk.svelte";
import { Menus } from "./menu.svelte";
import { panelElement } from "./panelelement";
import { ask, Cancelled } from "./service";
import { LONGEST_NAME } from "./toasts.svelte";
import { View } from "./view.svelte";

export class Shell {
  readonly board: Board;
  readonly chrome = new Chrome();
  readonly menus = new Menus();
  /** The dialog that is open, and the panel that it is about. */
  dialog = $state.raw<{ kind: "code" | "rule"; card: Card } | undefined>(undefined);
  /** The list of alerts is open, below this button. */
  alertsAt = $state.raw<HTMLElement | undefined>(undefined);
  readonly dialogs = new Dialogs();
  readonly view: View;
  readonly arranger: Arranger;
  readonly boards: Boards;
  readonly kiosk: Kiosk;
  searching = $state(false);
  /** The board is wide enough for panels to have places, as the grid says. */
  wide = $state(false);
  /** Each section's places as they are laid out; the grid writes them. */
  laid = $state.raw<readonly { name: string; places: Places }[]>([]);

  /** `alone`: one panel in another page's frame, which has no saved boards. */
  constructor(board: Board, alone = board.taken !== undefined) {
    this.board = board;
    this.view = new View(board);
    this.arranger = new Arranger(board.settings);
    this.boards = new Boards(board.key, board.settings, this.dialogs, board.toasts, alone);
    this.kiosk = new Kiosk(this.view, this.boards);
  }

  /** Whether panels can be moved and resized: not on a narrow board, and not while a filter leaves some out. */
  get arrangeable(): boolean {
    return (
      this.wide && !this.view.filtering && this.chrome.enlarged === undefined && !this.boards.readOnly && !this.kiosk.on
    );
  }

  moveByKeys(id: string): void {
    const section = this.laid.find(({ places }) => places.has(id));
    if (section && this.arrangeable) this.arranger.take(section.name, id, "keys", section.places);
  }

  /** The whole board as one file, as it is now. */
  async saveSnapshot(): Promise<void> {
    const { board } = this;
    try {
      const { saveSnapshot } = await fetchPart(() => import("../export/snapshot"));
      await saveSnapshot(board, this.view.tab);
    } catch (error) {
      board.toasts.show("export", "warn", `Not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Brings a panel into sight and gives it the focus. */
  goTo(id: string): void {
    this.chrome.enlarge(undefined);
    this.view.reveal(id);
    requestAnimationFrame(() => {
      const panel = panelElement(id);
      panel?.scrollIntoView({ block: "center", behavior: "instant" });
      panel?.focus({ preventScroll: true });
    });
  }

  /** Removes a stream for everybody. */
  async removeStream(card: Card): Promise<void> {
    const { board } = this;
    const name = titleOf(card.spec);
    const sure = await this.dialogs.confirm(
      `Remove “${name}”?`,
      "The stream and all its samples go for everybody. If its publisher goes on sending, it comes back empty.",
      "Remove the stream",
    );
    if (!sure) return;
    try {
      // A stream's id may hold anything, a slash too, which stands for itself in this path.
      await ask(
        board.key,
        "Removing a stream",
        "DELETE",
        `/v1/streams/${encodeURIComponent(card.id).replaceAll("%2F", "/")}`,
      );
      this.board.toasts.show("removed", "info", `${clip(name, LONGEST_NAME)} is removed`);
    } catch (error) {
      if (error instanceof Cancelled) return;
      this.board.toasts.show("removed", "warn", error instanceof Error ? error.message : String(error));
    }
  }

  /** Puts a text on the clipboard, or shows it where a browser does not let us: on pages that are not secure. */
  async copy(text: string, told: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.board.toasts.show("copied", "info", told);
    } catch {
      await this.dialogs.show("Copy this", text);
    }
  }
}
