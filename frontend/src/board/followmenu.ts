/** What time charts follow: a panel of its own, or the whole board. */
import { formatCount, formatSpan } from "../lib/format";
import { AS_SENT, FOLLOWS, type Follow, followKey } from "../lib/moment";
import { isTimed, shownSamples } from "../lib/types";
import type { Board, Card } from "./board.svelte";
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
      choices(asChosen(shell, card), (follow) => setPanel(shell, card, follow)),
    );
  const all = (): void =>
    menus.next(
      "All panels follow",
      choices(board.settings.all.follow, (follow) => board.settings.arrange({ follow })),
    );
  return [
    { label: `Follow ${followWords(asChosen(shell, card))}…`, icon: "scroll", run: open },
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

function setPanel({ board }: Shell, card: Card, chosen: Follow): void {
  const follow = followKey(chosen) === followKey(AS_SENT) ? asSent(board, card) : chosen;
  const ms = "ms" in follow ? follow.ms / 1_000 : null;
  const samples = "samples" in follow && follow.samples > 0 ? follow.samples : null;
  board.settings.set(card.id, { window_seconds: ms, window_points: samples });
}

/** What makes a panel follow as its publisher says. While all panels follow something else, that is the number which it means: nothing set is what all do. */
function asSent(board: Board, { spec }: Card): Follow {
  const all = followKey(board.settings.all.follow) === followKey(AS_SENT);
  return all ? AS_SENT : { samples: Math.max(2, shownSamples(spec)) };
}

/** What a panel follows, as one of the choices. */
function asChosen({ board }: Shell, card: Card): Follow {
  const follow = board.followed(card.id);
  return followKey(follow) === followKey(asSent(board, card)) ? AS_SENT : follow;
}
