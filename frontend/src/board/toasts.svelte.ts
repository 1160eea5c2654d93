/** Short news for the person at the board. Ones of the same kind become one that counts, so that a restart of forty streams is one line. */

import { clip } from "../lib/format";

export interface Toast {
  key: string;
  tone: "info" | "warn";
  text: string;
  /** What can be done about it. Such a toast stays until it is done or dismissed. */
  action?: { label: string; run: () => void } | undefined;
}

/** A toast is read at a glance, and on a phone it covers what is below it. */
export const LONGEST_NAME = 48;

const LIFE_MS = 7_000;
/** More would cover the board. */
const MOST = 4;

export class Toasts {
  list = $state.raw<Toast[]>([]);
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Streams named by a toast that is still up. */
  readonly #names = new Map<string, Set<string>>();
  readonly #totals = new Map<string, number>();

  show(key: string, tone: Toast["tone"], text: string, action?: Toast["action"]): void {
    const others = this.list.filter((toast) => toast.key !== key);
    this.list = [...others, { key, tone, text, action }].slice(-MOST);
    clearTimeout(this.#timers.get(key));
    if (action) return;
    this.#timers.set(
      key,
      setTimeout(() => this.dismiss(key), LIFE_MS),
    );
  }

  has(key: string): boolean {
    return this.list.some((toast) => toast.key === key);
  }

  dismiss(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#names.delete(key);
    this.#totals.delete(key);
    this.list = this.list.filter((toast) => toast.key !== key);
  }

  restarted(name: string): void {
    const { names } = this.#collect("stream_restarted", name, 0);
    const began =
      names.size === 1 ? "began anew: its earlier samples are gone" : "began anew: their earlier samples are gone";
    this.show("stream_restarted", "info", `${listed(names)} ${began}`);
  }

  lost(name: string, samples: number): void {
    const { names, total } = this.#collect("samples_lost", name, samples);
    const what = total === 1 ? "1 sample was lost" : `${total.toLocaleString("en")} samples were lost`;
    this.show("samples_lost", "warn", `${listed(names)}: ${what}`);
  }

  #collect(key: string, name: string, amount: number): { names: Set<string>; total: number } {
    const names = this.#names.get(key) ?? new Set<string>();
    names.add(clip(name, LONGEST_NAME));
    this.#names.set(key, names);
    const total = (this.#totals.get(key) ?? 0) + amount;
    this.#totals.set(key, total);
    return { names, total };
  }
}

function listed(names: Set<string>): string {
  const [first = "", second] = names;
  if (second === undefined) return first;
  return names.size === 2 ? `${first} and ${second}` : `${first} and ${names.size - 1} others`;
}
