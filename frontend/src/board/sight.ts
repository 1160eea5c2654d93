/** One observer each for all panels: which are on the screen, and how large they are. */

export interface SightListener {
  onScreen(visible: boolean): void;
  sized(width: number, height: number): void;
}

/** Panels this near the screen count as on it, so that scrolling finds them drawn. */
const MARGIN = "160px";

export class Sight {
  readonly #byRoot = new Map<Element, SightListener>();
  readonly #byHost = new Map<Element, SightListener>();
  readonly #screen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) this.#byRoot.get(entry.target)?.onScreen(entry.isIntersecting);
    },
    { rootMargin: MARGIN },
  );
  readonly #size = new ResizeObserver((entries) => {
    for (const entry of entries) {
      const { width, height } = entry.contentRect;
      this.#byHost.get(entry.target)?.sized(Math.floor(width), Math.floor(height));
    }
  });

  /** `root` is watched for being on the screen, `host` for its size. */
  follow(root: Element, host: Element, listener: SightListener): () => void {
    this.#byRoot.set(root, listener);
    this.#byHost.set(host, listener);
    this.#screen.observe(root);
    this.#size.observe(host);
    return () => {
      this.#screen.unobserve(root);
      this.#size.unobserve(host);
      this.#byRoot.delete(root);
      this.#byHost.delete(host);
    };
  }
}
