/** Tells when the page moves to a screen with other pixels, which no change of size may come with. */
const listeners = new Set<() => void>();
let watching = false;

export function onRatioChange(listener: () => void): () => void {
  listeners.add(listener);
  if (!watching) watch();
  return () => listeners.delete(listener);
}

/** A query holds for one ratio: after a change there is another one to ask. */
function watch(): void {
  watching = true;
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
    "change",
    () => {
      for (const listener of listeners) listener();
      watch();
    },
    { once: true },
  );
}
