/** What can be done with the page and with the open board: the same entries for the menus in the header and for the search. A new one is a line here. */
import type { MenuItem } from "./menu.svelte";
import type { Shell } from "./shell.svelte";

/** The page as a whole. */
export function pageCommands(shell: Shell): MenuItem[] {
  const { board, chrome, view, kiosk } = shell;
  const night = board.dayNight.name === "dark";
  return [
    { label: "Pause", icon: "pause", hint: "Space", checked: board.paused, run: () => board.togglePause() },
    { label: "Clear all panels", icon: "clear", run: () => board.clear() },
    {
      label: "Filter by type and group",
      icon: "filter",
      hint: "Shift F",
      checked: view.filterOpen,
      run: () => view.toggleFilterBar(),
    },
    {
      label: "Groups as tabs",
      icon: "tabs",
      hint: "G",
      checked: board.settings.all.groups === "tabs",
      run: () => view.toggleGroups(),
    },
    {
      label: night ? "Switch to day" : "Switch to night",
      icon: night ? "sun" : "moon",
      hint: "T",
      run: () => board.dayNight.switch(),
    },
    { label: "Kiosk", icon: "kiosk", hint: "K", run: () => kiosk.toggle() },
    { label: "Save a snapshot", icon: "save", hint: "HTML", run: () => void shell.saveSnapshot() },
    {
      label: "Add a camera",
      icon: "camera",
      run: () => {
        chrome.camera = true;
      },
    },
    { label: "Full screen", icon: "screen", hint: "F", run: () => chrome.toggleFullScreen() },
    {
      label: "Hide this header",
      icon: "hide",
      hint: "H",
      checked: chrome.headerHidden,
      run: () => chrome.toggleHeader(),
    },
    {
      label: "Scroll by itself",
      icon: "scroll",
      hint: "D",
      checked: chrome.scrolling,
      run: () => chrome.toggleScrolling(),
    },
    { label: "Help", icon: "help", hint: "?", run: () => chrome.toggleHelp() },
  ];
}

/** The open board. */
export function boardCommands(shell: Shell): MenuItem[] {
  const { board, boards, arranger } = shell;
  const { all } = board.settings;
  if (boards.readOnly) return [];
  const items: MenuItem[] = [];
  if (boards.name !== undefined && !boards.missing) {
    items.push({ label: "Save the board", icon: "save", run: () => void boards.save() });
  }
  items.push({ label: "Save the board as…", icon: "save", run: () => void boards.saveAs() });
  if (boards.name !== undefined && !boards.missing) {
    if (board.settings.dirty) {
      items.push({ label: "Give up changes", icon: "undo", run: () => board.settings.revert() });
    }
    items.push(
      { label: "Rename the board…", icon: "pencil", run: () => void boards.rename() },
      { label: "Delete the board…", icon: "bin", danger: true, run: () => void boards.remove() },
    );
  }
  items.push(
    {
      label: "Copy a link to look only",
      icon: "link",
      run: () => void shell.copy(boards.link(true), "The link is copied"),
    },
    {
      label: "Only the panels it has now",
      icon: "eye",
      checked: all.only !== undefined,
      run: () => shell.view.toggleOnly(),
    },
  );
  if (all.places.size > 0) {
    items.push({ label: "Let it arrange itself", icon: "board", run: () => arranger.forget() });
  }
  return items;
}
