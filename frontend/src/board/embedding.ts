/** `/embed/{id}`: one panel for another page's frame. `?theme=light|dark`, and `?width=&height=` in pixels where the frame is larger than the panel should be. */

export interface Embedding {
  stream: string;
  theme: "light" | "dark" | undefined;
  width: number | undefined;
  height: number | undefined;
}

const PLACE = "/embed/";
const MOST_PX = 10_000;

/** What an address asks to embed; undefined if it is that of a board. */
export function embeddingOf({ pathname, search }: Pick<Location, "pathname" | "search">): Embedding | undefined {
  if (!pathname.startsWith(PLACE)) return undefined;
  const query = new URLSearchParams(search);
  const theme = query.get("theme");
  return {
    stream: decoded(pathname.slice(PLACE.length)),
    theme: theme === "light" || theme === "dark" ? theme : undefined,
    width: pixels(query.get("width")),
    height: pixels(query.get("height")),
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function pixels(text: string | null): number | undefined {
  const size = Number(text);
  return text !== null && Number.isInteger(size) && size > 0 && size <= MOST_PX ? size : undefined;
}
