/**
 * A tree on a canvas for those who have no mouse: the keys' place in it, and one element that says where that is. The element that has the focus is the
 * tree, the node at the cursor its one item; as many as there are nodes would be thousands that change with each sample.
 */
import { clip } from "../lib/format";

export interface CursorNode {
  path: string;
  /** As it is said. */
  text: string;
  level: number;
  position: number;
  of: number;
  /** Undefined for what has nothing below it. */
  open: boolean | undefined;
}

export class TreeCursor {
  readonly #box: HTMLElement;
  readonly #items: [HTMLElement, HTMLElement];
  #turn = 0;
  #said = "";
  path: string | undefined;

  /** `box` takes the focus. `press` is called with each key and says whether it was one for the tree. */
  constructor(box: HTMLElement, press: (key: string) => boolean, moved: () => void) {
    this.#box = box;
    box.tabIndex = 0;
    box.setAttribute("role", "tree");
    const uid = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36);
    const items = [0, 1].map((n) => {
      const item = document.createElement("span");
      item.id = `tree-${uid}-${n}`;
      item.className = "visually-hidden";
      item.setAttribute("role", "treeitem");
      return item;
    });
    this.#items = items as [HTMLElement, HTMLElement];
    // Until it is drawn first: a tree has to have an item, and an item a name.
    this.#items[0].textContent = "nothing yet";
    box.append(this.#items[0]);
    box.addEventListener("keydown", (event) => {
      if (event.target !== box || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (!press(event.key)) return;
      // Space would pause the board, arrows would scroll it.
      event.preventDefault();
      event.stopPropagation();
    });
    box.addEventListener("focus", moved);
    box.addEventListener("blur", moved);
  }

  get focused(): boolean {
    return document.activeElement === this.#box;
  }

  /** What the tree is called. */
  name(text: string): void {
    const short = clip(text, 300);
    if (this.#box.getAttribute("aria-label") !== short) this.#box.setAttribute("aria-label", short);
  }

  /** Says where the cursor is. Two elements take turns: a name that changes in place is not read. */
  say({ path, text, level, position, of, open }: CursorNode): void {
    const said = JSON.stringify([path, open]);
    if (said === this.#said) return;
    if (this.#said !== "" && JSON.parse(this.#said)[0] !== path) this.#turn = 1 - this.#turn;
    this.#said = said;
    const item = this.#items[this.#turn] as HTMLElement;
    item.textContent = clip(text, 200);
    item.setAttribute("aria-level", String(level + 1));
    item.setAttribute("aria-posinset", String(position));
    item.setAttribute("aria-setsize", String(of));
    item.setAttribute("aria-selected", "true");
    if (open === undefined) item.removeAttribute("aria-expanded");
    else item.setAttribute("aria-expanded", String(open));
    this.#items[1 - this.#turn]?.remove();
    this.#box.append(item);
    this.#box.setAttribute("aria-activedescendant", item.id);
  }
}
