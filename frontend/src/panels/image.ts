/**
 * `image`: the newest picture. Only data URLs of pictures that can't carry script are ever given to the browser.
 *
 * The relay sends the next picture when this one was drawn, so a panel out of sight costs no traffic.
 */
import { formatTime } from "../lib/format";
import { titleOf } from "../lib/labels";
import { isPicture } from "../lib/sanitise";
import type { Panel, PanelContext } from "./panel";

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new ImagePanel(host, context);
}

class ImagePanel implements Panel {
  readonly #context: PanelContext;
  readonly #picture = document.createElement("img");
  readonly #caption = document.createElement("p");
  #drawn = "";

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#picture.className = "picture";
    this.#picture.decoding = "async";
    this.#picture.draggable = false;
    this.#picture.hidden = true;
    this.#caption.className = "picture-caption";
    host.append(this.#picture, this.#caption);
  }

  draw(): void {
    const { stream } = this.#context;
    const sample = this.#context.excerpt().newest();
    if (sample === undefined) {
      this.#picture.hidden = true;
      this.#picture.removeAttribute("src");
      this.#caption.textContent = "";
      this.#drawn = "";
      return;
    }
    const key = `${stream.epoch} ${sample.offset}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    if (!isPicture(sample.value)) {
      this.#refuse("This is no picture that can be shown (png, jpeg, webp or gif).", sample.offset);
      return;
    }
    this.#picture.alt = titleOf(this.#context.spec());
    this.#picture.src = sample.value;
    this.#picture.hidden = false;
    this.#picture
      .decode()
      .then(() => {
        const { naturalWidth, naturalHeight } = this.#picture;
        this.#caption.textContent = `${naturalWidth} × ${naturalHeight} · ${formatTime(sample.time)}`;
        this.#context.shown(sample.offset);
      })
      // Also when a newer picture took its place meanwhile: this one is done with either way.
      .catch(() => {
        if (this.#drawn === key) this.#refuse("The picture can't be decoded.", sample.offset);
        else this.#context.shown(sample.offset);
      });
  }

  resize(): void {
    // The picture fits itself in by CSS.
  }

  restyle(): void {
    // All looks are CSS.
  }

  destroy(): void {
    this.#picture.remove();
    this.#caption.remove();
  }

  #refuse(reason: string, offset: number): void {
    this.#picture.hidden = true;
    this.#picture.removeAttribute("src");
    this.#caption.textContent = reason;
    this.#context.shown(offset);
  }
}
