/**
 * `image`: the newest picture, whole, pixel by pixel, or nearer. Only data URLs of pictures that can't carry script are ever given to the browser.
 *
 * The relay sends the next picture when this one was drawn, so a panel out of sight costs no traffic.
 */
import { formatTime } from "../lib/format";
import { titleOf } from "../lib/labels";
import { isPicture } from "../lib/sanitise";
import type { Panel, PanelContext } from "./panel";
import { PictureFace } from "./picture-face";
import { fitZoom, laidOut, type PictureView, panned, WHOLE, zoomed } from "./picture-view";

/** One press of a key or a button. */
const ZOOM_STEP = 1.4;
const PAN_STEP = 48;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new ImagePanel(host, context);
}

class ImagePanel implements Panel {
  readonly #context: PanelContext;
  readonly #frame = document.createElement("div");
  readonly #face: PictureFace;
  readonly #tools = document.createElement("div");
  readonly #caption = document.createElement("p");
  #drawn = "";
  #view: PictureView = WHOLE;
  #asked: string | null = "fit";
  #size = { width: 0, height: 0 };

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#caption.className = "picture-caption";
    this.#frame.className = "picture-frame";
    this.#frame.tabIndex = 0;
    this.#frame.setAttribute("role", "group");
    this.#face = new PictureFace(this.#frame);
    this.#tools.className = "picture-tools";
    this.#tools.dataset.control = "";
    this.#tools.append(
      tool("Fit", "The whole picture (0)", () => this.#fit(false)),
      tool("1:1", "Pixel by pixel (1)", () => this.#fit(true)),
      tool("−", "Farther (-)", () => this.#zoom(1 / ZOOM_STEP)),
      tool("+", "Nearer (+)", () => this.#zoom(ZOOM_STEP)),
    );
    this.#work();
    host.append(this.#frame, this.#caption, this.#tools);
    this.restyle();
  }

  draw(): void {
    const { stream } = this.#context;
    const sample = this.#context.excerpt().newest();
    if (sample === undefined) {
      this.#face.hide();
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
    const wanted = () => this.#drawn === key;
    this.#face
      .show(sample.value, titleOf(this.#context.spec()), wanted)
      .then(() => {
        if (wanted()) {
          const { width, height } = this.#face.natural;
          this.#caption.textContent = `${width} × ${height} · ${formatTime(sample.time)}`;
          this.#lay();
        }
        this.#context.shown(sample.offset);
      })
      // Also when a newer picture took its place meanwhile: this one is done with either way.
      .catch(() => {
        if (wanted()) this.#refuse("The picture can't be decoded.", sample.offset);
        else this.#context.shown(sample.offset);
      });
  }

  resize(width: number, height: number): void {
    this.#size = { width, height };
    this.#lay();
  }

  restyle(): void {
    this.#frame.setAttribute(
      "aria-label",
      `${titleOf(this.#context.spec())}: picture; plus and minus zoom, arrows move it`,
    );
    const { fit = "fit" } = this.#context.settings();
    // Somebody's own zoom lasts until another fit is asked for.
    if (fit !== this.#asked) this.#view = fit === "actual" ? { ...this.#view, zoom: 1 } : WHOLE;
    this.#asked = fit;
    this.#lay();
  }

  destroy(): void {
    this.#frame.remove();
    this.#caption.remove();
    this.#tools.remove();
  }

  #fit(actual: boolean): void {
    this.#view = actual ? zoomed(this.#view, this.#face.natural, this.#size, 1) : WHOLE;
    this.#context.set({ fit: actual ? "actual" : null });
    this.#lay();
  }

  #zoom(factor: number, at?: { x: number; y: number }): void {
    const now = this.#view.zoom ?? fitZoom(this.#face.natural, this.#size);
    this.#view = zoomed(this.#view, this.#face.natural, this.#size, now * factor, at);
    this.#lay();
  }

  #pan(x: number, y: number): void {
    this.#view = panned(this.#view, this.#face.natural, this.#size, x, y);
    this.#lay();
  }

  /** A whole picture fits itself in by CSS; a nearer one is put where it belongs. */
  #lay(): void {
    const whole = this.#view.zoom === undefined;
    this.#frame.classList.toggle("free", !whole);
    const { width, height } = this.#face.natural;
    if (whole || width === 0) {
      this.#face.place({ width: "", height: "", transform: "", imageRendering: "" });
      return;
    }
    const { zoom, x, y } = laidOut(this.#view, { width, height }, this.#size);
    this.#face.place({
      width: `${width}px`,
      height: `${height}px`,
      transform: `translate(${x}px, ${y}px) scale(${zoom})`,
      imageRendering: zoom >= 3 ? "pixelated" : "",
    });
  }

  /** By keys, by drag, and by the wheel once the picture has the focus: before that the wheel scrolls the board. */
  #work(): void {
    const keys: Record<string, () => void> = {
      "+": () => this.#zoom(ZOOM_STEP),
      "=": () => this.#zoom(ZOOM_STEP),
      "-": () => this.#zoom(1 / ZOOM_STEP),
      "0": () => this.#fit(false),
      "1": () => this.#fit(true),
      ArrowLeft: () => this.#pan(PAN_STEP, 0),
      ArrowRight: () => this.#pan(-PAN_STEP, 0),
      ArrowUp: () => this.#pan(0, PAN_STEP),
      ArrowDown: () => this.#pan(0, -PAN_STEP),
    };
    this.#frame.addEventListener("keydown", (event) => {
      const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
      if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.startsWith("Arrow") && this.#view.zoom === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    });
    let held: { x: number; y: number } | undefined;
    this.#frame.addEventListener("pointerdown", (event) => {
      if (this.#view.zoom === undefined) return;
      held = { x: event.clientX, y: event.clientY };
      this.#frame.setPointerCapture(event.pointerId);
    });
    this.#frame.addEventListener("pointermove", (event) => {
      if (held === undefined) return;
      this.#pan(event.clientX - held.x, event.clientY - held.y);
      held = { x: event.clientX, y: event.clientY };
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      this.#frame.addEventListener(end, () => {
        held = undefined;
      });
    }
    this.#frame.addEventListener(
      "wheel",
      (event) => {
        if (document.activeElement !== this.#frame) return;
        event.preventDefault();
        const box = this.#frame.getBoundingClientRect();
        this.#zoom(Math.exp(-event.deltaY * 0.0015), { x: event.clientX - box.left, y: event.clientY - box.top });
      },
      { passive: false },
    );
  }

  #refuse(reason: string, offset: number): void {
    this.#face.hide();
    this.#caption.textContent = reason;
    this.#context.shown(offset);
  }
}

function tool(text: string, title: string, run: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "chip";
  button.textContent = text;
  button.title = title;
  button.setAttribute("aria-label", title);
  button.addEventListener("click", run);
  return button;
}
