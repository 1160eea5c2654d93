/**
 * Which panels a board shows, and under which headings: what a person hid is left out, a filter by type and group leaves out more, and streams that name a
 * group stand together.
 */
import type { Spec } from "../wire";
import type { Arranged, Filter } from "./arrangement";

export interface Shown {
  id: string;
  spec: Pick<Spec, "type" | "group">;
}

export interface Section<T> {
  /** Empty for the streams that name no group. */
  name: string;
  members: T[];
}

/** Headings are for reading. */
const LONGEST_NAME = 128;

export function groupOf(card: Shown): string {
  return card.spec.group?.trim().slice(0, LONGEST_NAME) ?? "";
}

/** What this board is about, before a filter: all streams, or those that were chosen for it, but for the hidden ones. */
export function onBoard<T extends Shown>(cards: readonly T[], arranged: Pick<Arranged, "hidden" | "only">): T[] {
  return cards.filter(({ id }) => isOnBoard(id, arranged));
}

export function isOnBoard(id: string, { hidden, only }: Pick<Arranged, "hidden" | "only">): boolean {
  return !hidden.has(id) && (only === undefined || only.has(id));
}

export function filtered<T extends Shown>(cards: readonly T[], { types, groups }: Filter): T[] {
  return cards.filter(
    (card) => (types.size === 0 || types.has(card.spec.type)) && (groups.size === 0 || groups.has(groupOf(card))),
  );
}

/** Streams that name a group share a section, in the order of their first stream; the others come first. */
export function sectionsOf<T extends Shown>(cards: readonly T[]): Section<T>[] {
  const groups = new Map<string, T[]>([["", []]]);
  for (const card of cards) {
    const name = groupOf(card);
    const members = groups.get(name);
    if (members) members.push(card);
    else groups.set(name, [card]);
  }
  return [...groups].filter(([, members]) => members.length > 0).map(([name, members]) => ({ name, members }));
}

/** How many cards there are of each kind, most first; ties by name. */
export function counted<T>(cards: readonly T[], kind: (card: T) => string): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const card of cards) counts.set(kind(card), (counts.get(kind(card)) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}
