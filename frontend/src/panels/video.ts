/**
 * `video_stream`: a camera. Looks at its feed only while it is in sight, says at once when the pictures are old, and never shows one older
 * than the one before.
 */
import { type FeedListener, type FeedState, type FrameHead, type FrameKind, feedLine } from "../lib/feedline";
import { canDecodeUnits, UnitDecoder } from "../lib/unitdecoder";
import "../styles/video.css";
import type { Panel, PanelContext } from "./panel";

/** A camera of one picture a second is not stale; see `#limit`. */
const STALE_MS = 1_500;
const LOOK_MS = 250;
/** Access units are acknowledged this often, and not one by one. */
const SEEN_MS = 100;
const FPS_MS = 2_000;
/** Pictures of the camera's own stream that refer to later ones arrive after those: the camera's times tell their order, unless its clock was set back. */
const SET_BACK_US = 1_000_000;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new VideoPanel(host, context);
}

class VideoPanel implements Panel, FeedListener {
  readonly #context: PanelContext;
  readonly #canvas = document.createElement("canvas");
  readonly #caption = document.createElement("p");
  readonly #badge = document.createElement("p");
  readonly #observer: IntersectionObserver;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #decoder = new UnitDecoder(
    (frame, head) => this.#showUnit(frame, head),
    (head) => this.#seenSoon(head),
    (reason) => this.#fallBack(reason),
  );
  #kind: FrameKind = canDecodeUnits() ? "video" : "jpeg";
  #leave: (() => void) | undefined;
  #state: FeedState | undefined;
  #shownAt = Number.NaN;
  #interval = 0;
  #newest = { epoch: 0, time: 0, pts: Number.NEGATIVE_INFINITY };
  #times: number[] = [];
  #unseen: FrameHead | undefined;
  #seenAt = 0;
  #frames = 0;
  #destroyed = false;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#canvas.className = "picture";
    this.#canvas.setAttribute("role", "img");
    this.#caption.className = "picture-caption";
    this.#badge.className = "feed-badge";
    this.#badge.setAttribute("role", "status");
    host.append(this.#canvas, this.#caption, this.#badge);
    this.#observer = new IntersectionObserver((entries) => this.#sight(entries.some((entry) => entry.isIntersecting)));
    this.#observer.observe(host);
    this.#timer = setInterval(() => this.#tell(), LOOK_MS);
    this.restyle();
  }

  pulse(): { rate: string; age: string } {
    const fps = this.#fps();
    return { rate: fps > 0 ? `${fps} fps` : "", age: "" };
  }

  state(): { colour: string; name: string } | undefined {
    const theme = this.#context.theme();
    if (this.#canvas.dataset.state === "failed") return { colour: theme.alarm, name: "no picture" };
    if (this.#badge.textContent === "") return undefined;
    return Number.isNaN(this.#shownAt) ? { colour: theme.inkSoft, name: "" } : { colour: theme.warn, name: "stale" };
  }

  draw(): void {
    // Frames are drawn when they come; samples are only the camera's address.
  }

  resize(): void {
    // The picture fits itself in by CSS.
  }

  restyle(): void {
    this.#canvas.setAttribute("aria-label", this.#context.spec().name ?? this.#context.stream.id);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#observer.disconnect();
    clearInterval(this.#timer);
    this.#leave?.();
    this.#decoder.close();
    for (const element of [this.#canvas, this.#caption, this.#badge]) element.remove();
  }

  // --- the feed

  frame(head: FrameHead, data: Uint8Array<ArrayBuffer>): void {
    // A paused board keeps its pictures, and the line stays free.
    if (Number.isFinite(this.#context.until())) this.#seenSoon(head);
    else if (head.kind === "video") this.#decoder.take(head, data);
    else void this.#showJpeg(head, data);
  }

  told(state: FeedState): void {
    this.#state = state;
    this.#tell();
  }

  #sight(inSight: boolean): void {
    if (inSight && this.#leave === undefined) this.#look();
    else if (!inSight) {
      this.#leave?.();
      this.#leave = undefined;
    }
  }

  #look(): void {
    this.#leave = feedLine.look(this.#context.stream.id, this.#kind, this);
  }

  /** From now on pictures come as JPEG. */
  #fallBack(reason: string): void {
    if (this.#kind === "jpeg" || this.#destroyed) return;
    console.info(`feed ${JSON.stringify(this.#context.stream.id.slice(0, 128))}: JPEG from now on (${reason})`);
    this.#kind = "jpeg";
    this.#decoder.close();
    this.#leave?.();
    this.#look();
  }

  async #showJpeg(head: FrameHead, data: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      const picture = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
      this.#paint(picture, picture.width, picture.height, head);
      picture.close();
    } catch {
      // A picture that can't be decoded: the next one may be.
    }
    feedLine.seen(head);
  }

  #showUnit(frame: VideoFrame, head: FrameHead): void {
    this.#paint(frame, frame.displayWidth, frame.displayHeight, head);
    frame.close();
    this.#seenSoon(head);
  }

  #paint(source: CanvasImageSource, width: number, height: number, head: FrameHead): void {
    if (this.#destroyed || head.epoch < this.#newest.epoch) return;
    if (head.epoch === this.#newest.epoch && this.#older(head)) return;
    this.#newest = {
      epoch: head.epoch,
      time: head.time,
      pts: head.kind === "video" ? head.pts : Number.NEGATIVE_INFINITY,
    };
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#canvas.getContext("2d")?.drawImage(source, 0, 0);
    const now = performance.now();
    if (!Number.isNaN(this.#shownAt)) this.#interval += (now - this.#shownAt - this.#interval) * 0.2;
    this.#shownAt = now;
    this.#times.push(now);
    this.#frames++;
    const { dataset } = this.#canvas;
    dataset.frames = String(this.#frames);
    dataset.kind = head.kind;
    dataset.epoch = String(head.epoch);
    dataset.time = String(head.time);
    if (this.#badge.textContent !== "") this.#tell();
  }

  /** Whether a picture shows an earlier moment than the one that is shown. */
  #older(head: FrameHead): boolean {
    const { time, pts } = this.#newest;
    if (head.kind === "video" && Number.isFinite(pts)) return head.pts < pts && head.pts > pts - SET_BACK_US;
    return head.time < time;
  }

  #seenSoon(head: FrameHead): void {
    this.#unseen = head;
    const now = performance.now();
    if (now - this.#seenAt < SEEN_MS) return;
    this.#flushSeen(now);
  }

  #flushSeen(now: number): void {
    if (this.#unseen === undefined) return;
    feedLine.seen(this.#unseen);
    this.#unseen = undefined;
    this.#seenAt = now;
  }

  // --- what is said

  #tell(): void {
    const now = performance.now();
    this.#flushSeen(now);
    this.#times = this.#times.filter((at) => now - at < FPS_MS);
    const paused = Number.isFinite(this.#context.until());
    const badge = paused ? "" : this.#trouble(now);
    if (this.#badge.textContent !== badge) this.#badge.textContent = badge;
    const shown = !Number.isNaN(this.#shownAt);
    this.#canvas.classList.toggle("feed-dim", badge !== "" && shown);
    this.#badge.classList.toggle("alone", !shown);
    this.#canvas.dataset.state = badge === "" ? "live" : (this.#state?.state ?? "connecting");
    const caption = badge === "" && shown ? `${this.#canvas.width} × ${this.#canvas.height}${this.#remark()}` : "";
    if (this.#caption.textContent !== caption) this.#caption.textContent = caption;
  }

  /** What there is to say of a camera that is live all the same. */
  #remark(): string {
    // The relay's doing, for this viewer alone.
    if (this.#canvas.dataset.kind === "small") return " · small pictures: this line, or this browser, is slow";
    const { state, code, why } = this.#state ?? {};
    // That pictures are made cheaper is no matter to whoever gets the camera's own stream.
    if (state !== "live" || !why || (code === "squeezed" && this.#canvas.dataset.kind === "video")) return "";
    return ` · ${why}`;
  }

  #fps(): number {
    return Math.round((this.#times.length * 1_000) / FPS_MS);
  }

  #trouble(now: number): string {
    const state = this.#state;
    if (state?.state === "failed") return `No picture: ${state.why || state.code}`;
    const age = now - this.#shownAt;
    if (Number.isNaN(age)) {
      if (this.#leave === undefined) return "";
      return state?.state === "connecting" && state.why ? `Waiting: ${state.why}` : "Connecting to the camera …";
    }
    if (age > Math.max(STALE_MS, 3 * Math.min(this.#interval, 5_000)) || state?.state === "stale") {
      return `Last picture ${Math.max(1, Math.round(age / 1_000))} s ago`;
    }
    return "";
  }
}
