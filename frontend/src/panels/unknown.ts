/** For types that have no panel yet: says so, names the type, and shows that the data arrives all the same. */
import { formatCount } from "../lib/format";
import type { Panel, PanelContext } from "./panel";

export function mount(host: HTMLElement, context: PanelContext): Panel {
  const box = document.createElement("div");
  box.className = "unknown";
  const line = document.createElement("p");
  line.className = "unknown-title";
  line.textContent = "No panel for this type yet";
  const type = document.createElement("code");
  const note = document.createElement("p");
  note.className = "unknown-note";
  box.append(line, type, note);
  host.append(box);
  return {
    draw() {
      type.textContent = context.spec().type;
      const { samples } = context.stream;
      note.textContent = samples === 1 ? "1 sample received" : `${formatCount(samples)} samples received`;
    },
    resize() {
      // Text wraps by itself.
    },
    restyle() {
      // All looks are CSS.
    },
    destroy() {
      box.remove();
    },
  };
}
