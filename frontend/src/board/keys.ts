/** The board's keys. They rest while someone types or works a control that uses the same key. */

export type KeyAction =
  | "pause"
  | "scroll"
  | "header"
  | "fullScreen"
  | "theme"
  | "help"
  | "enlarge"
  | "arrange"
  | "search"
  | "groups"
  | "filter"
  | "kiosk";

/** All keys, in the order in which the help lists them; a new one is a line here and one in `App.svelte`. */
export const KEYS: readonly { key: string; action: KeyAction; shown: string; meaning: string }[] = [
  { key: " ", action: "pause", shown: "Space", meaning: "Pause, and go live again" },
  { key: "/", action: "search", shown: "/ or Ctrl K", meaning: "Search streams, boards and actions" },
  { key: "g", action: "groups", shown: "G", meaning: "Groups as tabs or as sections" },
  { key: "F", action: "filter", shown: "Shift F", meaning: "Filter by type and group" },
  { key: "k", action: "kiosk", shown: "K", meaning: "Kiosk: nothing but panels, on a screen that stays awake" },
  { key: "t", action: "theme", shown: "T", meaning: "Day or night" },
  { key: "f", action: "fullScreen", shown: "F", meaning: "Full screen" },
  { key: "h", action: "header", shown: "H", meaning: "Hide or show the header" },
  { key: "d", action: "scroll", shown: "D", meaning: "Scroll through the board by itself" },
  { key: "e", action: "enlarge", shown: "E", meaning: "Enlarge the panel in focus or under the pointer" },
  { key: "m", action: "arrange", shown: "M", meaning: "Move and resize that panel by arrow keys" },
  { key: "?", action: "help", shown: "?", meaning: "This help" },
];

interface KeyLike {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

const ACTIONS = new Map(KEYS.map(({ key, action }) => [key, action]));

/** What a key press asks for. `focus` is the tag and role of the element that has the focus. */
export function actionFor(event: KeyLike, focus: { tag: string; editable: boolean }): KeyAction | undefined {
  // The one that many programs have for a search, also while somebody types.
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return "search";
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  if (focus.editable || ["input", "textarea", "select"].includes(focus.tag)) return undefined;
  // Space presses the button that has the focus.
  if (event.key === " " && ["button", "a", "summary"].includes(focus.tag)) return undefined;
  return ACTIONS.get(event.key) ?? ACTIONS.get(event.key.toLowerCase());
}
