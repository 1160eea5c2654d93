/** Panels as elements of the page, as `Panel.svelte` makes them: the one place that knows by what they are found. */

/** The element of a stream's panel, if it is on the page. */
export function panelElement(id: string): HTMLElement | undefined {
  return document.querySelector<HTMLElement>(`article[data-stream="${CSS.escape(id)}"]`) ?? undefined;
}

/** The stream whose panel an element stands in: itself, or something inside of it. */
export function streamAt(element: Element | null): string | undefined {
  return element?.closest<HTMLElement>("article[data-stream]")?.dataset.stream;
}
