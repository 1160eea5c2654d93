/** Joins a panel on the page with the board: makes its holder, has it drawn while it is in sight, and lets all of it go again. */
import type { Stream } from "../lib/stream";
import type { Face } from "./face";
import { PanelHolder } from "./holder";
import type { Shell } from "./shell.svelte";
import type { Sight } from "./sight";

/** `root` is the panel's element, `host` the part of it that is drawn in. */
export function hold(
  stream: Stream,
  { root, host }: { root: HTMLElement; host: HTMLElement },
  { board, menus }: Shell,
  sight: Sight,
  onFace: (face: Face) => void,
): { holder: PanelHolder; release(): void } {
  const holder = new PanelHolder(stream, { root, host }, board, onFace);
  board.addHolder(holder);
  const stop = sight.follow(root, host, {
    onScreen: (visible) => board.setOnScreen(holder, visible),
    sized: (width, height) => holder.resize(width, height),
  });
  return {
    holder,
    release() {
      // Its menu is about nothing any more.
      if (menus.now && root.contains(menus.now.anchor)) menus.close();
      stop();
      board.removeHolder(holder);
      holder.destroy();
    },
  };
}
