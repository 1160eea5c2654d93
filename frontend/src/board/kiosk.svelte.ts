/**
 * Kiosk: nothing but panels, on a screen that stays awake. If asked, the next group (or the next saved board) comes up by itself from time to time.
 *
 * `?kiosk` in the address begins with it, `?kiosk=30` changes every 30 seconds, `&rotate=boards` from board to board.
 */
import type { Boards } from "./boards.svelte";
import { leaveHeader } from "./chrome.svelte";
import { recall, remember } from "./prefs";
import type { View } from "./view.svelte";

export type Rotate = "groups" | "boards";

/** How long the pointer and the bar stay after a move. */
const IDLE_MS = 3_000;
const SOONEST = 3;
const LATEST = 3_600;

export class Kiosk {
  on = $state(false);
  /** The pointer has moved lately: it and the bar are shown. */
  awake = $state(false);
  /** Seconds between two changes; 0: none. */
  seconds = $state(0);
  rotate = $state<Rotate>("groups");
  readonly #view: View;
  readonly #boards: Boards;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #turn: ReturnType<typeof setInterval> | undefined;
  #lock: WakeLockSentinel | undefined;

  constructor(view: View, boards: Boards) {
    this.#view = view;
    this.#boards = boards;
    const query = new URLSearchParams(location.search);
    this.seconds = bounded(query.get("kiosk") || recall("kiosk-seconds"));
    this.rotate = (query.get("rotate") ?? recall("kiosk-rotate")) === "boards" ? "boards" : "groups";
    window.addEventListener("pointermove", () => this.#moved(), { passive: true });
    // A hidden page loses its lock.
    document.addEventListener(
      "visibilitychange",
      () => this.on && document.visibilityState === "visible" && this.#stayAwake(),
    );
    if (query.has("kiosk")) this.toggle();
  }

  toggle(): void {
    this.on = !this.on;
    this.awake = this.on;
    this.#view.oneGroup = this.#rotatesGroups;
    if (this.on) {
      leaveHeader();
      this.#moved();
      this.#stayAwake();
      // Without a gesture of the person a browser refuses; the kiosk then fills the window alone.
      document.documentElement.requestFullscreen?.().catch(() => undefined);
    } else {
      void this.#lock?.release();
      this.#lock = undefined;
      if (document.fullscreenElement) void document.exitFullscreen();
      this.#boards.leaveKiosk();
    }
    this.#arm();
  }

  set(seconds: number, rotate: Rotate): void {
    this.seconds = bounded(String(seconds));
    this.rotate = rotate;
    remember("kiosk-seconds", this.seconds === 0 ? null : String(this.seconds));
    remember("kiosk-rotate", rotate);
    this.#view.oneGroup = this.#rotatesGroups;
    this.#arm();
  }

  get #rotatesGroups(): boolean {
    return this.on && this.seconds > 0 && this.rotate === "groups";
  }

  #arm(): void {
    clearInterval(this.#turn);
    if (this.on && this.seconds > 0) this.#turn = setInterval(() => void this.#next(), this.seconds * 1_000);
  }

  async #next(): Promise<void> {
    if (this.rotate === "groups") return this.#view.step(1);
    await this.#boards.refresh();
    const names = this.#boards.list.map(({ name }) => name);
    if (names.length > 0) await this.#boards.open(names[(names.indexOf(this.#boards.name ?? "") + 1) % names.length]);
  }

  #moved(): void {
    if (!this.on) return;
    this.awake = true;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.awake = false;
    }, IDLE_MS);
  }

  async #stayAwake(): Promise<void> {
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
      if (!this.on) void this.#lock?.release();
    } catch {
      // Saving power comes first: the browser decides.
    }
  }
}

function bounded(text: string | null): number {
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds > 0 ? Math.max(SOONEST, Math.min(LATEST, seconds)) : 0;
}
