/** The board's keys. They rest while someone types or works a control that uses the same key. */

export type KeyAction = "pause" | "scroll" | "header" | "fullScreen" | "theme" | "help";

interface KeyLike {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

const ACTIONS = new Map<string, KeyAction>([
  [" ", "pause"],
  ["d", "scroll"],
  ["h", "header"],
  ["f", "fullScreen"],
  ["t", "theme"],
  ["?", "help"],
]);

/** What a key press asks for. `focus` is the tag and role of the element that has the focus. */
export function actionFor(event: KeyLike, focus: { tag: string; editable: boolean }): KeyAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  if (focus.editable || ["input", "textarea", "select"].includes(focus.tag)) return undefined;
  // Space presses the button that has the focus.
  if (event.key === " " && ["button", "a", "summary"].includes(focus.tag)) return undefined;
  return ACTIONS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
}
