/**
 * Where frames are painted: on one thread for all panels, since a browser without a GPU spends its time on painting lines; on the page
 * itself where there is no such thread (an old browser, a snapshot opened from a disk).
 *
 * Of each canvas at most one frame is on its way. Who has painted is asked for the next one: a slow painter slows the board down, and
 * nothing piles up.
 */
import type { Frame } from "./frame";
import type { Orders, Painted } from "./orders";

/** The page's side of the thread. */
export class PaintThread {
  readonly #worker: Worker;
  readonly #surfaces = new Map<number, { painted(buffer: ArrayBuffer): void; failed(): void }>();
  #next = 0;
  #orders = blank();
  #transfer: Transferable[] = [];
  #sending = false;
  /** Why it paints no more; "" while it does. */
  failure = "";

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Painted>) => {
      for (const { id, buffer } of data.painted) this.#surfaces.get(id)?.painted(buffer);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.failure = event.message || "the painter's file could not be loaded";
      console.warn(`lines are painted by the page itself from now on: ${this.failure}`);
      worker.terminate();
      const left = [...this.#surfaces.values()];
      this.#surfaces.clear();
      for (const surface of left) surface.failed();
    };
  }

  /** Hands a canvas over, for good. */
  join(canvas: HTMLCanvasElement, surface: { painted(buffer: ArrayBuffer): void; failed(): void }): number {
    const id = ++this.#next;
    const offscreen = canvas.transferControlToOffscreen();
    this.#surfaces.set(id, surface);
    this.#orders.joined.push({ id, canvas: offscreen });
    this.#send(offscreen);
    return id;
  }

  show(id: number, frame: Frame): void {
    this.#orders.frames.push({ id, frame });
    this.#send(frame.samples.array.buffer);
  }

  leave(id: number): void {
    if (!this.#surfaces.delete(id)) return;
    this.#orders.left.push(id);
    this.#send();
  }

  /** What one frame of the page brings goes over together. */
  #send(...transfer: Transferable[]): void {
    this.#transfer.push(...transfer);
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => {
      this.#sending = false;
      const [orders, moved] = [this.#orders, this.#transfer];
      this.#orders = blank();
      this.#transfer = [];
      if (this.failure === "") this.#worker.postMessage(orders satisfies Orders, moved);
    });
  }
}

interface OpenOrders {
  joined: { id: number; canvas: OffscreenCanvas }[];
  frames: { id: number; frame: Frame }[];
  left: number[];
}

function blank(): OpenOrders {
  return { joined: [], frames: [], left: [] };
}

let start: (() => Worker) | undefined;
let thread: PaintThread | undefined;

/** Named by the page's start: a snapshot has no file that a thread could run. */
export function paintOffThread(starting: () => Worker): void {
  start = starting;
}

/** The thread, started when the first chart asks for it; undefined where the page has to paint. */
export function paintThread(): PaintThread | undefined {
  if (thread === undefined && start !== undefined) {
    const begin = start;
    start = undefined;
    if (typeof Worker === "function" && "transferControlToOffscreen" in HTMLCanvasElement.prototype) {
      try {
        thread = new PaintThread(begin());
      } catch (error) {
        console.warn("lines are painted by the page itself", error);
      }
    }
  }
  return thread?.failure === "" ? thread : undefined;
}
