/** What surrounds the panels: header, help, full screen, and scrolling by itself. */
import { recall, remember } from "./prefs";

/** The pointer this near the top brings a hidden header back. */
const PEEK_PX = 8;
/** And this far below it lets it go again: its own height and a little. */
const LEAVE_PX = 72;
/** How long the scrolling rests at either end, to read what is there. */
const REST_MS = 1_500;

/** A header with the focus in it stays in sight, for whoever tabs through it; one that was told to go has to lose it. */
export function leaveHeader(): void {
  const focus = document.activeElement;
  if (focus instanceof HTMLElement && focus.closest("header")?.querySelector(".brand")) focus.blur();
}

export class Chrome {
  headerHidden = $state(false);
  peek = $state(false);
  help = $state(false);
  /** The form that adds a camera is open. */
  camera = $state(false);
  /** The stream whose panel fills the window. */
  enlarged = $state<string | undefined>(undefined);
  scrolling = $state(false);
  /** Pixels a second. */
  speed = $state(60);
  #direction: 1 | -1 = 1;
  #restUntil = 0;
  #last = 0;
  #position = 0;

  constructor() {
    this.headerHidden = recall("header") === "hidden";
    const speed = Number(recall("scroll-speed"));
    if (speed >= 10 && speed <= 300) this.speed = speed;
    window.addEventListener("pointermove", (event) => this.#pointerAt(event.clientY), { passive: true });
  }

  toggleHeader(): void {
    this.headerHidden = !this.headerHidden;
    this.peek = false;
    leaveHeader();
    remember("header", this.headerHidden ? "hidden" : null);
  }

  enlarge(id: string | undefined): void {
    this.enlarged = id;
  }

  /** To the whole window, or back to its place. */
  toggleEnlarged(id: string | undefined): void {
    this.enlarge(this.enlarged === id ? undefined : id);
  }

  toggleHelp(): void {
    this.help = !this.help;
  }

  toggleFullScreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    // Browsers may refuse (an iframe without permission): then nothing changes, and nothing is lost.
    else document.documentElement.requestFullscreen?.().catch(() => undefined);
  }

  toggleScrolling(): void {
    this.scrolling = !this.scrolling;
    remember("scroll-speed", String(this.speed));
    if (!this.scrolling) return;
    this.#last = performance.now();
    this.#position = window.scrollY;
    this.#restUntil = 0;
    requestAnimationFrame((now) => this.#step(now));
  }

  /** Down to the end and up again, resting at both. */
  #step(now: number): void {
    if (!this.scrolling) return;
    const root = document.documentElement;
    const end = root.scrollHeight - window.innerHeight;
    // Someone who scrolls by hand is followed.
    if (Math.abs(window.scrollY - this.#position) > 4) this.#position = window.scrollY;
    const passed = Math.min(100, now - this.#last);
    this.#last = now;
    if (now >= this.#restUntil && end > 0) {
      this.#position += (this.#direction * this.speed * passed) / 1_000;
      if (this.#position >= end || this.#position <= 0) {
        this.#direction = this.#position >= end ? -1 : 1;
        this.#position = Math.max(0, Math.min(end, this.#position));
        this.#restUntil = now + REST_MS;
      }
      window.scrollTo({ top: this.#position, behavior: "instant" });
    }
    requestAnimationFrame((next) => this.#step(next));
  }

  #pointerAt(y: number): void {
    if (!this.headerHidden) return;
    if (y <= PEEK_PX) this.peek = true;
    else if (y > LEAVE_PX) this.peek = false;
  }
}
