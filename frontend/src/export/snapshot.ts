/** Writes a snapshot: one HTML file with the board's program, its looks and the data of all panels, to open without a server. */
import type { Board } from "../board/board.svelte";
import { panelElement } from "../board/panelelement";
import { writeArrangement } from "../lib/arrangement";
import type { Excerpt } from "../lib/excerpt";
import { onBoard } from "../lib/sections";
import type { Stream } from "../lib/stream";
import { type Taken, takeStream } from "../snapshot/taken";
import { download, fileName } from "./download";

/** Past this a browser gets into trouble with a page's text. */
const MOST_BYTES = 100 * 1024 * 1024;

export interface SnapshotParts {
  script: string;
  style: string;
}

/** `tab`: the one in front. What is not on the board is not in the file: somebody may have hidden it for that. */
export async function saveSnapshot(board: Board, tab: string): Promise<void> {
  // Taken first: fetching the program takes a moment, in which the board goes on.
  const { moment } = board;
  const { all } = board.settings;
  const cards = onBoard(board.cards, all);
  const ids = new Set(cards.map(({ id }) => id));
  const ofShown = <T>(map: ReadonlyMap<string, T>) => new Map([...map].filter(([id]) => ids.has(id)));
  const arranged = { ...all, panels: ofShown(all.panels), places: ofShown(all.places) };
  const taken = take(
    cards.map(({ stream }) => stream),
    {
      board: board.taken?.board ?? location.origin,
      version: board.hello?.version ?? "",
      theme: board.dayNight.name,
      at: moment?.at ?? board.taken?.at ?? board.serverTime,
      arrangement: writeArrangement({ ...arranged, hidden: new Set(), only: undefined, theme: undefined }),
      tab,
      ...(moment && { moment }),
    },
    (stream) => board.excerpt(stream),
  );
  const html = htmlOf(taken, board.taken === undefined ? await fetchParts() : ownParts());
  download(fileName("windsock-board", "html"), new Blob([html], { type: "text/html;charset=utf-8" }));
}

export function take(
  streams: Iterable<Stream>,
  about: Omit<Taken, "form" | "streams">,
  excerpt: (stream: Stream) => Excerpt,
): Taken {
  const kept = [...streams].map((stream) => takeStream(stream, excerpt(stream), cameraPicture(stream)));
  return { form: 1, ...about, streams: kept };
}

/** The board's program for snapshots, as it was built with this board. */
export async function fetchParts(): Promise<SnapshotParts> {
  const [script, style] = await Promise.all(["/snapshot.js", "/snapshot.css"].map(fetchText));
  return { script: script ?? "", style: style ?? "" };
}

/** In a snapshot: the program that it runs on. */
function ownParts(): SnapshotParts {
  return {
    script: document.querySelector("body > script:not([type])")?.textContent ?? "",
    style: document.querySelector("head > style")?.textContent ?? "",
  };
}

async function fetchText(path: string): Promise<string> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return await answer.text();
}

/** What a publisher sent stands in it as JSON without a `<`, so that nothing in it can end its script or begin another. */
export function htmlOf(taken: Taken, { script, style }: SnapshotParts): string {
  const data = JSON.stringify(taken).replaceAll("<", "\\u003c");
  if (data.length > MOST_BYTES) throw new Error("there is too much on this board for one file");
  const when = new Date(taken.at).toISOString();
  return [
    `<!doctype html><html lang="en" data-theme="${taken.theme}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Nothing but what stands in the file itself may run, and nothing is fetched.
    `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">`,
    `<title>Windsock, ${when}</title><style>${style.replaceAll("</", "<\\/")}</style></head>`,
    '<body><div id="app"></div><noscript>A snapshot draws its data and needs JavaScript.</noscript>',
    `<script type="application/json" id="taken">${data}</script>`,
    `<script>${script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}</script>`,
    "</body></html>\n",
  ].join("\n");
}

function cameraPicture(stream: Stream): string | undefined {
  if (stream.spec.type !== "video_stream") return undefined;
  const shown = panelElement(stream.id)?.querySelector("canvas");
  if (shown === undefined || shown === null || shown.width === 0) return undefined;
  try {
    return shown.toDataURL("image/jpeg", 0.85);
  } catch {
    return undefined;
  }
}
