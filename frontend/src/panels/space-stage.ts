/** What the panels in space have in common: a sheet that is turned by pointer and keys, and a tip that names what is under the pointer or chosen by keys. */
import type { PanelContext } from "./panel";
import { followPointer, Sheet, Tip } from "./sheet";
import { type CursorStep, drawCursor, nameUnder, OrbitControl, type Projected } from "./space";
import "./sheet.css";

/** What is drawn on a stage. */
export interface Scene {
  /** Where each thing that has a name was drawn last. */
  readonly places: readonly Projected[];
  /** Index of the one that the keys have chosen; -1 if none. */
  readonly chosen: number;
  /** Choose another by keys. */
  step(step: CursorStep): void;
  /** What the tip says of one. */
  words(index: number): string[];
}

export class SpaceStage {
  readonly sheet: Sheet;
  readonly control: OrbitControl;
  readonly #context: PanelContext;
  readonly #scene: Scene;
  readonly #reach: number;
  readonly #tip: Tip;
  readonly #pointer: { readonly at: { x: number; y: number } | undefined };

  /** `reach`: pixels within which something is under the pointer. */
  constructor(host: HTMLElement, context: PanelContext, scene: Scene, reach: number) {
    this.#context = context;
    this.#scene = scene;
    this.#reach = reach;
    this.sheet = new Sheet(host);
    this.#tip = new Tip(host);
    this.control = new OrbitControl(
      this.sheet.canvas,
      () => context.changed(),
      (step) => {
        scene.step(step);
        if (scene.chosen < 0) return;
        this.#tip.say(scene.words(scene.chosen));
        context.changed();
      },
    );
    this.#pointer = followPointer(this.sheet.canvas, () => this.#name());
  }

  /** Ends a drawing: the cursor of the keys, and the name of what is under the pointer now. */
  finish(ctx: CanvasRenderingContext2D): void {
    const chosen = this.#scene.places[this.#scene.chosen];
    if (chosen && this.#focused) drawCursor(ctx, chosen, this.#context.theme());
    this.#name();
  }

  destroy(): void {
    this.sheet.destroy();
    this.#tip.destroy();
  }

  get #focused(): boolean {
    return document.activeElement === this.sheet.canvas;
  }

  #name(): void {
    const { places, chosen } = this.#scene;
    nameUnder(this.#tip, { at: this.#pointer.at, chosen: this.#focused ? chosen : -1 }, places, this.#reach, (index) =>
      this.#scene.words(index),
    );
  }
}
