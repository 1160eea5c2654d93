/**
 * Finding by a few letters: those of the query have to occur in order. The better they fit (at the beginning, at beginnings of words, side by side),
 * the higher up. Pure.
 */

export interface Match {
  score: number;
  /** Which letters of the text were meant, for showing. */
  at: number[];
}

const START = 12;
const WORD = 8;
const BESIDE = 11;
const LETTER = 1;
/** Between two texts that fit as well the shorter one is meant. */
const LENGTH = 0.02;
/** Names longer than this are looked at up to here. */
const LONGEST = 200;

/** How well a text fits a query; undefined if it does not. Every text fits an empty one. */
export function match(query: string, text: string): Match | undefined {
  const wanted = [...query.toLowerCase()].filter((letter) => letter.trim() !== "");
  const shown = text.slice(0, LONGEST);
  const letters = shown.toLowerCase();
  // Lower case may be longer than what it was made from ("İ"): then no places are shown.
  const same = letters.length === shown.length;
  if (wanted.length === 0) return { score: 0, at: [] };
  let best: Match | undefined;
  // Where the first letter begins decides the rest; the best beginning wins.
  for (
    let from = letters.indexOf(wanted[0] as string);
    from >= 0;
    from = letters.indexOf(wanted[0] as string, from + 1)
  ) {
    const found = follow(wanted, letters, from);
    if (found === undefined) break;
    if (best === undefined || found.score > best.score) best = found;
  }
  if (best === undefined) return undefined;
  return { score: best.score - shown.length * LENGTH, at: same ? best.at : [] };
}

function follow(wanted: string[], letters: string, from: number): Match | undefined {
  const at: number[] = [];
  let score = 0;
  let next = from;
  for (const letter of wanted) {
    let place = letters.indexOf(letter, next);
    if (place < 0) return undefined;
    const beside = at.length > 0 && place === next;
    // The beginning of a word a little further on is more likely meant than a letter in the middle of this one.
    if (!beside && !startsWord(letters, place)) {
      const word = wordStart(letters, letter, place);
      if (word >= 0) place = word;
    }
    score += LETTER + (place === 0 ? START : startsWord(letters, place) ? WORD : 0) + (beside ? BESIDE : 0);
    at.push(place);
    next = place + 1;
  }
  return { score, at };
}

function startsWord(letters: string, place: number): boolean {
  return place === 0 || /[\s/_.:,()[\]-]/.test(letters[place - 1] as string);
}

function wordStart(letters: string, letter: string, from: number): number {
  for (let place = letters.indexOf(letter, from); place >= 0; place = letters.indexOf(letter, place + 1)) {
    if (startsWord(letters, place)) return place;
  }
  return -1;
}

/** The best of some things for a query, best first; those that fit as well stay in their order. `texts` of a thing are looked at in turn, later ones count less. */
export function ranked<T>(
  query: string,
  things: readonly T[],
  texts: (thing: T) => readonly string[],
  most: number,
): { thing: T; at: number[] }[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { thing: T; at: number[]; score: number }[] = [];
  for (const thing of things) {
    let best: { at: number[]; score: number } | undefined;
    for (const [i, text] of texts(thing).entries()) {
      // What is not shown as its name has to hold what was typed as it was typed: letters strewn over it would explain nothing.
      if (i > 0 && !words.every((word) => text.toLowerCase().includes(word))) continue;
      const one = match(query, text);
      if (one && (best === undefined || one.score - i * 3 > best.score)) {
        best = { score: one.score - i * 3, at: i === 0 ? one.at : [] };
      }
    }
    if (best) found.push({ thing, ...best });
  }
  if (query.trim() !== "") found.sort((a, b) => b.score - a.score);
  return found.slice(0, most).map(({ thing, at }) => ({ thing, at }));
}
