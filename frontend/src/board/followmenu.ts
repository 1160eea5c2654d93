/** What time charts follow: a panel of its own, or the whole board. */
import { formatCount, formatSpan } from "../lib/format";
import { FOLLOWS, type Follow, followKey } from "../lib/moment";
import { isTimed } from "../lib/types";
import type { Card } from "./board.svelte";
import type { MenuEntry } from "./menu.svelte";
import type { Shell } from "./shell.svelte";

export function followWords(follow: Follow): string {
  if ("ms" in follow) return `the last ${formatSpan(follow.ms)}`;
  return follow.samples > 0 ? `the last ${formatCount(follow.samples)} samples` : "as its publisher says";
}

/** The entry of a panel's menu that opens the choice; none for panels without an axis of time. */
export function followEntry(shell: Shell, card: Card): MenuEntry[] {
  if (!isTimed(card.spec.type)) return [];
  const { board, menus } = shell;
  const open = (): void =>
    menus.next(
      "Follow",
      choices(board.followed(card.id), (follow) => setPanel(shell, card.id, follow)),
    );
  const all = (): void =>
    menus.next(
      "All panels follow",
      choices(board.settings.all.follow, (follow) => board.settings.arrange({ follow })),
    );
  return [
    { label: `Follow ${followWords(board.followed(card.id))}…`, icon: "scroll", run: open },
    { label: "All panels follow…", icon: "scroll", run: all },
  ];
}

function choices(now: Follow, choose: (follow: Follow) => void): MenuEntry[] {
  return FOLLOWS.map((follow) => ({
    label: followWords(follow),
    checked: followKey(follow) === followKey(now),
    run: () => choose(follow),
  }));
}

function setPanel({ board }: Shell, id: string, follow: Follow): void {
  const ms = "ms" in follow ? follow.ms / 1_000 : null;
  const samples = "samples" in follow && follow.samples > 0 ? follow.samples : null;
  board.settings.set(id, { window_seconds: ms, window_points: samples });
}
