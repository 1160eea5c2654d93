/**
 * Where the pictures of a stream are shown one after the other: on a canvas. A browser keeps what it decoded for an image element long after the
 * element shows another picture: ten pictures of 640 × 360 a second took half a gigabyte within a minute. Only GIFs, which may move, get an element.
 */
import type { Size } from "./picture-view";

/** More pixels than some browsers' canvases can have (Safari's on phones: 4096 × 4096). Larger pictures are shown with fewer. */
const MOST_PIXELS = 4096 * 4096;

export class PictureFace {
  /** Of the picture that is shown, in pixels. */
  natural: Size = { width: 0, height: 0 };
  readonly #canvas = document.createElement("canvas");
  readonly #moving = document.createElement("img");

  constructor(host: HTMLElement) {
    this.#canvas.setAttribute("role", "img");
    this.#moving.draggable = false;
    for (const element of [this.#canvas, this.#moving]) {
      element.className = "picture";
      element.hidden = true;
      host.append(element);
    }
  }

  /**
   * Puts a data URL's picture in place of the one before.
   *
   * @param alt what it is, in words
   * @param wanted whether it is still to be shown once it is decoded
   * @throws if it can't be decoded
   */
  async show(source: string, alt: string, wanted: () => boolean): Promise<void> {
    if (source.startsWith("data:image/gif")) {
      this.#moving.alt = alt;
      this.#moving.src = source;
      await this.#moving.decode();
      if (!wanted()) return;
      this.natural = { width: this.#moving.naturalWidth, height: this.#moving.naturalHeight };
    } else {
      const bitmap = await createImageBitmap(new Blob([bytesOf(source)]));
      if (wanted()) this.#paint(bitmap, alt);
      bitmap.close();
      if (!wanted()) return;
      this.#moving.removeAttribute("src");
    }
    this.#canvas.hidden = this.#moving.hasAttribute("src");
    this.#moving.hidden = !this.#canvas.hidden;
  }

  hide(): void {
    this.#canvas.hidden = this.#moving.hidden = true;
    this.#canvas.width = this.#canvas.height = 0;
    this.#moving.removeAttribute("src");
    this.natural = { width: 0, height: 0 };
  }

  /** As CSS has it; "" where it is left to the style sheet. */
  place(place: { width: string; height: string; transform: string; imageRendering: string }): void {
    for (const element of [this.#canvas, this.#moving]) Object.assign(element.style, place);
  }

  #paint(bitmap: ImageBitmap, alt: string): void {
    const share = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
    const [width, height] = [Math.floor(bitmap.width * share), Math.floor(bitmap.height * share)];
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.natural = { width, height };
    canvas.setAttribute("aria-label", alt);
    const ctx = canvas.getContext("2d");
    if (!ctx) return;
    // In place of what was there, also where it is transparent.
    ctx.globalCompositeOperation = "copy";
    ctx.drawImage(bitmap, 0, 0, width, height);
  }
}

/** What a data URL holds. `fetch` would do as well, but the page's policy lets it go to the page's own host alone. */
function bytesOf(source: string): Uint8Array<ArrayBuffer> {
  const text = atob(source.slice(source.indexOf(",") + 1));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
