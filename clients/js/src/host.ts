/** Where the program runs: what its environment says, and when it ends. */

interface Process {
  readonly env: Record<string, string | undefined>;
  on(event: "beforeExit", act: () => void): void;
  off(event: "beforeExit", act: () => void): void;
}

const node = (globalThis as { process?: Process }).process;

/** A variable of the environment; undefined in a browser. */
export function environment(name: string): string | undefined {
  return node?.env?.[name] || undefined;
}

/** Where the server is if nobody says: on this page's host, or on this machine. */
export function serverAt(port: number): string {
  const page = (globalThis as { location?: { protocol: string; hostname: string } }).location;
  const web = page?.protocol.startsWith("http") ? page : undefined;
  return web === undefined ? `http://127.0.0.1:${port}` : `${web.protocol}//${web.hostname}:${port}`;
}

/** Something that wants to know of the end. */
export interface Ending {
  /** The script has nothing more to do. */
  end(): void;
  /** The page goes away. */
  leave(): void;
}

const endings = new Set<Ending>();

/** Tell this one, too, from now on. */
export function atTheEnd(one: Ending): void {
  if (endings.size === 0) {
    // Once for all: neither counts as a listener more for each stream.
    if (typeof addEventListener === "function" && "onpagehide" in globalThis) addEventListener("pagehide", leave);
    else node?.on?.("beforeExit", end);
  }
  endings.add(one);
}

/** No more. */
export function notAtTheEnd(one: Ending): void {
  endings.delete(one);
  if (endings.size === 0) {
    if (typeof removeEventListener === "function") removeEventListener("pagehide", leave);
    node?.off?.("beforeExit", end);
  }
}

function end(): void {
  for (const one of endings) one.end();
}

function leave(): void {
  for (const one of endings) one.leave();
}

/** A name that no other process has. Not a secret; `crypto` is missing where a page came over plain HTTP. */
export function uniqueName(): string {
  const words = Array.from({ length: 3 }, () => Math.floor(Math.random() * 2 ** 32).toString(36));
  return `js-${Date.now().toString(36)}-${words.join("")}`;
}

/** A timer that does not keep a script alive. */
export function later(milliseconds: number, act: () => void): ReturnType<typeof setTimeout> {
  const timer = setTimeout(act, milliseconds);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
