/** Day or night: the board's own choice if it has one, else the system's, until someone switches; and again once they switch back to it. */
import type { ThemeName } from "../lib/palette";
import { recall, remember } from "./prefs";

export class DayNight {
  readonly #system = window.matchMedia("(prefers-color-scheme: dark)");
  #systemDark = $state(false);
  #chosen = $state<ThemeName | null>(null);
  /** What the open board was saved with, if anything. */
  board = $state<ThemeName | undefined>(undefined);

  /** `initial`: what a snapshot was taken in; left out, as it was chosen in this browser before, else as the system has it. */
  constructor(initial?: ThemeName) {
    this.#systemDark = this.#system.matches;
    this.#system.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
    });
    const kept = initial ?? recall("theme");
    if (kept === "dark" || kept === "light") this.#chosen = kept;
  }

  get name(): ThemeName {
    return this.#chosen ?? this.#given;
  }

  switch(): void {
    const wanted: ThemeName = this.name === "dark" ? "light" : "dark";
    this.#chosen = wanted === this.#given ? null : wanted;
    remember("theme", this.#chosen);
  }

  get #given(): ThemeName {
    return this.board ?? (this.#systemDark ? "dark" : "light");
  }
}
