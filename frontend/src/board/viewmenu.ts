/** Ways to look at a panel's data: entries of its menu, by what its type can do. */
import type { PanelSettings } from "../wire";
import type { Board, Card } from "./board.svelte";
import type { MenuEntry } from "./menu.svelte";

const WITH_STATS: ReadonlySet<string> = new Set(["line", "area", "bar", "horizontalBar"]);
const WITH_LOG: ReadonlySet<string> = new Set([...WITH_STATS, "scatter", "bubble", "heatmap"]);

/** The ledger opens over the panel, and is nobody's setting. */
export interface LedgerSwitch {
  open: boolean;
  toggle(): void;
}

export function viewEntries(board: Board, card: Card, ledger: LedgerSwitch): MenuEntry[] {
  const { table, stats, log: asked } = board.settings.panel(card.id);
  const { type, log: published } = card.spec;
  const log = asked ?? published === true;
  const entries: MenuEntry[] = [];
  // The ledger lies over what was just asked for.
  const view = (change: PanelSettings): void => {
    if (ledger.open) ledger.toggle();
    board.settings.set(card.id, change);
  };
  if (type !== "table") {
    entries.push({
      label: "View as table",
      checked: table === true,
      run: () => view({ table: table ? null : true }),
    });
  }
  if (WITH_STATS.has(type)) {
    entries.push({
      label: "Statistics",
      checked: stats === true,
      run: () => view({ stats: stats ? null : true }),
    });
  }
  if (WITH_LOG.has(type)) {
    entries.push({
      label: "Log scale",
      checked: log,
      // As its publisher has it is no setting.
      run: () => view({ log: !log === (published === true) ? null : !log }),
    });
  }
  entries.push({ label: "Ledger", checked: ledger.open, run: ledger.toggle });
  return entries;
}
