/** Day or night: the system's choice until someone switches, and again once they switch back to it. */
import type { ThemeName } from "../lib/palette";
import { recall, remember } from "./prefs";

export class DayNight {
  readonly #system = window.matchMedia("(prefers-color-scheme: dark)");
  #systemDark = $state(false);
  #chosen = $state<ThemeName | null>(null);

  /** `initial`: what it is until somebody chooses; left out, as the system has it. */
  constructor(initial?: ThemeName) {
    this.#systemDark = this.#system.matches;
    this.#system.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
    });
    const kept = recall("theme") ?? initial;
    if (kept === "dark" || kept === "light") this.#chosen = kept;
  }

  get name(): ThemeName {
    return this.#chosen ?? (this.#systemDark ? "dark" : "light");
  }

  switch(): void {
    const wanted: ThemeName = this.name === "dark" ? "light" : "dark";
    this.#chosen = wanted === (this.#systemDark ? "dark" : "light") ? null : wanted;
    remember("theme", this.#chosen);
  }
}
