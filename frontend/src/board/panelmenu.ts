/** What can be done with a panel: the entries of its menu, made when it is opened. A new one is a line here. */
import { clip } from "../lib/format";
import { titleOf } from "../lib/labels";
import { fetchPart } from "../lib/parts";
import type { Card } from "./board.svelte";
import { followEntry } from "./followmenu";
import type { MenuEntry } from "./menu.svelte";
import type { Shell } from "./shell.svelte";
import { LONGEST_NAME } from "./toasts.svelte";

/** `views` are the ways to look at it. */
export function panelEntries(shell: Shell, card: Card, views: readonly MenuEntry[]): MenuEntry[] {
  const { board, chrome } = shell;
  const enlarged = chrome.enlarged === card.id;
  const settings = board.settings.panel(card.id);
  const entries: MenuEntry[] = [
    {
      label: enlarged ? "Back to the board" : "Enlarge",
      icon: enlarged ? "shrink" : "expand",
      hint: "E",
      run: () => chrome.toggleEnlarged(card.id),
    },
  ];
  if (!enlarged && shell.arrangeable) {
    entries.push({ label: "Move and resize", icon: "move", hint: "M", run: () => shell.moveByKeys(card.id) });
  }
  entries.push("rule", ...followEntry(shell, card), ...views);
  if (Object.keys(settings).length > 0) {
    entries.push({ label: "Forget its settings", icon: "undo", run: () => board.settings.reset(card.id) });
  }
  entries.push("rule");
  // A snapshot has nobody to ask.
  if (board.taken === undefined) {
    entries.push({ label: "Alert me…", icon: "bell", run: () => open(shell, "rule", card) });
  }
  entries.push(
    { label: "Copy the code…", icon: "code", run: () => open(shell, "code", card) },
    { label: "Save as a picture", icon: "picture", hint: "PNG", run: () => void save(shell, card, "png") },
    { label: "Save as a table", icon: "sheet", hint: "CSV", run: () => void save(shell, card, "csv") },
  );
  if (board.hello?.embed) {
    entries.push({
      label: "Copy embed code",
      icon: "code",
      run: () => void shell.copy(embedCode(card), "The embed code is copied"),
    });
  }
  if (shell.boards.readOnly) return entries;
  entries.push("rule", {
    label: "Hide on this board",
    icon: "eyeOff",
    run: () => {
      shell.view.hide(card.id);
      board.toasts.show(
        "hidden",
        "info",
        `${clip(titleOf(card.spec), LONGEST_NAME)} is hidden. It can be brought back below the panels`,
      );
    },
  });
  entries.push({ label: "Remove for everybody…", icon: "bin", danger: true, run: () => void shell.removeStream(card) });
  return entries;
}

function open(shell: Shell, kind: "code" | "rule", card: Card): void {
  shell.dialog = { kind, card };
}

/** What is saved is loaded when somebody saves: most people never do. */
async function save({ board }: Shell, card: Card, form: "png" | "csv"): Promise<void> {
  try {
    const { savePanel } = await fetchPart(() => import("../export/panel"));
    await savePanel(form, card.spec, board.excerpt(card.stream));
  } catch (error) {
    board.toasts.show("export", "warn", `Not saved: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A frame with this panel, for another page's HTML. */
function embedCode({ id, spec }: Card): string {
  const address = new URL(`/embed/${encodeURIComponent(id).replaceAll("%2F", "/")}`, location.origin);
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<iframe src="${escaped(address.href)}" title="${escaped(titleOf(spec))}" width="480" height="300" style="border:0" loading="lazy"></iframe>`;
}
