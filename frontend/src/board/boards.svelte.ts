/** Saved boards: which there are, which one is open, and what can be done with it. The address names it: `/b/{name}`. */
import { writeArrangement } from "../lib/arrangement";
import type { BoardList, BoardSummary, SavedBoard } from "../wire";
import type { Dialogs } from "./dialogs.svelte";
import { type PublishKey, Refusal } from "./publishkey.svelte";
import { ask, Cancelled } from "./service";
import type { BoardSettings } from "./settings.svelte";
import type { Toasts } from "./toasts.svelte";

const PLACE = "/b/";
/** What an address says of the page and not of a board: it holds for the boards that are opened there next, too. */
const OF_PAGE: ReadonlySet<string> = new Set(["readonly", "kiosk", "rotate"]);

export class Boards {
  list = $state.raw<BoardSummary[]>([]);
  /** The open one; undefined is the browser's own board of all streams. */
  name = $state<string | undefined>(undefined);
  /** The address names a board that there is not. */
  missing = $state(false);
  /** Opened by a link for looking only. */
  readonly readOnly: boolean;
  readonly #alone: boolean;
  readonly #key: PublishKey;
  readonly #settings: BoardSettings;
  readonly #dialogs: Dialogs;
  readonly #toasts: Toasts;
  /** The board whose save is not answered yet. */
  #saving: string | undefined;

  constructor(key: PublishKey, settings: BoardSettings, dialogs: Dialogs, toasts: Toasts, alone: boolean) {
    this.#key = key;
    this.#settings = settings;
    this.#dialogs = dialogs;
    this.#toasts = toasts;
    // A snapshot has no server to ask.
    this.#alone = alone;
    this.readOnly = alone || new URLSearchParams(location.search).has("readonly");
    if (alone) return;
    window.addEventListener("popstate", () => void this.#follow());
    void this.#follow();
  }

  async refresh(): Promise<void> {
    if (this.#alone) return;
    await this.#try(async () => {
      this.list = ((await ask(this.#key, "Reading boards", "GET", "/v1/boards")) as BoardList).boards;
    });
  }

  /** Opens a board, or the browser's own; the browser's "back" leads here again. */
  async open(name: string | undefined): Promise<void> {
    if (name === this.name && !this.missing) return;
    history.pushState(null, "", (name === undefined ? "/" : addressOf(name)) + queryWith(OF_PAGE));
    await this.#follow();
  }

  /** Saves the open board over the version that it was made from. */
  async save(): Promise<void> {
    const { name } = this;
    if (name === undefined) return this.saveAs();
    // Pressed twice: until the first answer tells the new version, a second one would meet it as somebody else's.
    if (this.#saving === name) return;
    this.#saving = name;
    await this.#put(name, this.#settings.version);
    this.#saving = undefined;
  }

  async saveAs(): Promise<void> {
    const name = await this.#dialogs.text("Save the board", "It is saved for everybody, with its own link.", "Save", {
      label: "Name",
      value: this.name ?? "",
      wrong: (value) => wrongName(value),
    });
    if (name !== undefined) await this.#put(name, 0);
  }

  async rename(): Promise<void> {
    const { name } = this;
    if (name === undefined) return;
    const to = await this.#dialogs.text("Rename the board", "Links to its old name lead nowhere then.", "Rename", {
      label: "New name",
      value: name,
      wrong: (value) => wrongName(value),
    });
    if (to === undefined || to === name) return;
    const stillOpen = this.#watch();
    await this.#try(async () => {
      await ask(this.#key, "Renaming a board", "PATCH", pathOf(name), { name: to });
      if (stillOpen()) {
        this.#settings.renamed(to);
        this.#opened(to);
      }
      await this.refresh();
    });
  }

  async remove(): Promise<void> {
    const { name } = this;
    if (name === undefined) return;
    const sure = await this.#dialogs.confirm(
      `Delete “${name}”?`,
      "The board goes for everybody. Its streams stay.",
      "Delete the board",
    );
    if (!sure) return;
    const stillOpen = this.#watch();
    await this.#try(async () => {
      await ask(this.#key, "Deleting a board", "DELETE", pathOf(name));
      if (stillOpen()) {
        this.#settings.revert();
        await this.open(undefined);
      }
      await this.refresh();
    });
  }

  /** Nobody shows the page as a kiosk any more: neither a reload nor the next board does, nor whoever is given the address. */
  leaveKiosk(): void {
    if (this.#alone) return;
    history.replaceState(null, "", location.pathname + queryWith(new Set(["readonly"])));
  }

  link(readOnly: boolean): string {
    return `${location.origin}${this.name === undefined ? "/" : addressOf(this.name)}${readOnly ? "?readonly" : ""}`;
  }

  /** Tells later whether the same board is open still: answers take their time, and meanwhile people (or a kiosk) open another. */
  #watch(): () => boolean {
    const { name } = this;
    const { pathname } = location;
    // The address changes first, the board once it has come.
    return () => this.name === name && location.pathname === pathname;
  }

  async #put(name: string, version: number): Promise<void> {
    const { all } = this.#settings;
    const stillOpen = this.#watch();
    const own = name === this.name;
    try {
      const body = { version, arrangement: writeArrangement(all) };
      const saved = (await ask(this.#key, "Saving a board", "PUT", pathOf(name), body)) as BoardSummary;
      if (stillOpen()) {
        this.#settings.saved(name, saved.version, all);
        this.#opened(name);
      } else if (own) {
        this.#settings.savedAway(name, saved.version, all);
      }
      this.#toasts.show("saved", "info", `“${name}” is saved`);
      void this.refresh();
    } catch (error) {
      // Which one stays is asked only where it is in sight; else it is told, and asked when it is saved again.
      if (error instanceof Refusal && error.code === "conflict" && stillOpen()) await this.#settle(name);
      else this.#tell(error);
    }
  }

  /** Somebody else has saved the board, or has taken the name: the person chooses which one stays. */
  async #settle(name: string): Promise<void> {
    const mine = name === this.name;
    const stillOpen = this.#watch();
    const chosen = await this.#dialogs.choose(
      mine ? "Saved by somebody else" : `There is a board “${name}”`,
      mine
        ? `“${name}” was changed or removed since you opened it. Yours can replace it, or you can go on with theirs.`
        : "It can be replaced by this one.",
      [
        { label: "Save under another name", value: "other" },
        ...(mine ? [{ label: "Take theirs", value: "theirs" }] : []),
        { label: mine ? "Replace with mine" : "Replace", value: "mine", look: "danger" as const },
      ],
    );
    if (!stillOpen()) return;
    if (chosen === "other") return this.saveAs();
    if (chosen === "theirs") {
      this.#settings.revert();
      return this.#follow();
    }
    if (chosen !== "mine") return;
    await this.#try(async () => {
      let version = 0;
      try {
        version = ((await ask(this.#key, "Reading a board", "GET", pathOf(name))) as SavedBoard).version;
      } catch (error) {
        if (!(error instanceof Refusal && error.code === "not_found")) throw error;
      }
      if (stillOpen()) await this.#put(name, version);
    });
  }

  /** Shows what the address names. */
  async #follow(): Promise<void> {
    const name = named(location.pathname);
    this.missing = false;
    if (name === undefined) {
      this.name = undefined;
      this.#settings.open();
      return;
    }
    // Another may be opened before this one comes: the page is that one's then.
    const asked = () => named(location.pathname) === name;
    await this.#try(async () => {
      try {
        const saved = (await ask(this.#key, "Reading a board", "GET", pathOf(name))) as SavedBoard;
        if (!asked()) return;
        this.name = name;
        this.#settings.open(saved);
      } catch (error) {
        if (!(error instanceof Refusal && (error.code === "not_found" || error.code === "invalid"))) throw error;
        if (!asked()) return;
        this.name = name;
        this.missing = true;
      }
    });
    // A board that is missing shows nothing until another is opened.
    if (asked() && !this.missing) this.#settings.release();
  }

  #opened(name: string): void {
    if (this.name !== name) history.pushState(null, "", addressOf(name) + queryWith(OF_PAGE));
    this.name = name;
    this.missing = false;
  }

  async #try(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    if (error instanceof Cancelled) return;
    this.#toasts.show("boards", "warn", error instanceof Error ? error.message : String(error));
  }
}

/** The board that a path names, if it is one of a board. */
export function named(path: string): string | undefined {
  if (!path.startsWith(PLACE)) return undefined;
  try {
    return decodeURIComponent(path.slice(PLACE.length)) || undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a board's name, for whoever types it. The server has the last word (`windsock.shared.boards`). */
export function wrongName(name: string): string | undefined {
  if (name === "") return "A board has a name";
  if ([...name].length > 64) return "A name has 64 characters at the most";
  if (/[\p{C}/\\?#%]/u.test(name)) return "A name has no / \\ ? # %";
  if (name.startsWith(".")) return "A name begins with no dot";
  return /\s{2}/.test(name) ? "One space is enough" : undefined;
}

function addressOf(name: string): string {
  return `${PLACE}${encodeURIComponent(name)}`;
}

/** The address's query, of it what is named; written as it was. */
function queryWith(kept: ReadonlySet<string>): string {
  const parts = location.search.slice(1).split("&");
  const left = parts.filter((part) => kept.has(part.split("=")[0] ?? ""));
  return left.length > 0 ? `?${left.join("&")}` : "";
}

function pathOf(name: string): string {
  return `/v1/boards/${encodeURIComponent(name)}`;
}
