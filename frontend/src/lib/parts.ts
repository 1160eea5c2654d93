/**
 * Parts of the board that are fetched when they are first needed. They have their content's hash in their names: after an update of the server
 * an open page asks for files that are no more.
 */

/** A part could not be fetched; the message is for the person at the board. */
export class PartMissing extends Error {
  constructor() {
    super("This part of the board could not be fetched. If Windsock was updated, reload the page");
  }
}

/** The part, or `PartMissing` in place of the browser's own words. */
export async function fetchPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    throw new PartMissing();
  }
}

/** For what opens when it is there, as a dialog: if it can't be fetched it does not open, and `missing` is told why. */
export function openPart<T>(load: () => Promise<T>, missing: (error: PartMissing) => void): Promise<T> {
  return fetchPart(load).catch((error: PartMissing) => {
    missing(error);
    return new Promise<never>(() => undefined);
  });
}
