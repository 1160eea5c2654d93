/** Saves what one panel shows. */
import { titleOf } from "../lib/labels";
import type { Stream } from "../lib/stream";
import { csvOf } from "./csv";
import { download, fileName } from "./download";
import { pictureOf } from "./picture";

/** `until`: the offset up to which the panel shows samples. */
export async function savePanel(form: "png" | "csv", stream: Stream, until: number): Promise<void> {
  const name = fileName(titleOf(stream.spec), form);
  if (form === "csv") {
    // The mark at the beginning is what spreadsheets know UTF-8 by.
    download(name, new Blob(["\ufeff", csvOf(stream, until)], { type: "text/csv;charset=utf-8" }));
    return;
  }
  const panel = document.querySelector<HTMLElement>(`article[data-stream="${CSS.escape(stream.id)}"]`);
  if (panel === null) throw new Error("the panel is not on the page");
  download(name, await pictureOf(panel));
}
