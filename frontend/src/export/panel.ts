/** Saves what one panel shows. */

import { panelElement } from "../board/panelelement";
import type { Excerpt } from "../lib/excerpt";
import { titleOf } from "../lib/labels";
import type { Spec } from "../wire";
import { csvOf } from "./csv";
import { download, fileName } from "./download";
import { pictureOf } from "./picture";

/** `excerpt`: the samples that the panel shows. */
export async function savePanel(form: "png" | "csv", spec: Spec, excerpt: Excerpt): Promise<void> {
  const name = fileName(titleOf(spec), form);
  if (form === "csv") {
    // The mark at the beginning is what spreadsheets know UTF-8 by.
    download(name, new Blob(["\ufeff", csvOf(spec, excerpt)], { type: "text/csv;charset=utf-8" }));
    return;
  }
  const panel = panelElement(spec.id);
  if (panel === undefined) throw new Error("the panel is not on the page");
  download(name, await pictureOf(panel));
}
