/**
 * A panel as a PNG, whatever it is made of: a copy of its elements with their looks written into them is drawn through an SVG's
 * `foreignObject`, canvases as the pictures that they show.
 *
 * Controls stay out of it (`data-control`): buttons, and fields whose choice a copy does not have. The picture shows data.
 */

import { stillOf } from "../chart/stills";

const XHTML = "http://www.w3.org/1999/xhtml";
/** Twice the screen's own pixels: sharp in a document, and still small. */
const SCALE = 2;
/** Browsers draw no canvas beyond this edge. */
const MOST_PIXELS = 8_192;
/** What an element that moves or waits for a pointer would add. */
const SKIPPED =
  /^(animation|transition|cursor|pointer-events|will-change|-webkit-user|user-select|perspective-origin|transform-origin)/;

const NO_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

export async function pictureOf(element: HTMLElement): Promise<Blob> {
  const { width, height } = element.getBoundingClientRect();
  if (width < 1 || height < 1) throw new Error("there is nothing to see of this panel");
  const scale = Math.min(SCALE * (window.devicePixelRatio || 1), MOST_PIXELS / width, MOST_PIXELS / height);
  const defaults = new Defaults();
  let markup: string;
  try {
    const copy = styled(element, defaults) as HTMLElement;
    copy.style.margin = "0";
    copy.style.position = "static";
    copy.style.inset = "auto";
    copy.style.transform = "none";
    copy.style.width = `${width}px`;
    copy.style.height = `${height}px`;
    copy.setAttribute("xmlns", XHTML);
    // What no XML may hold, the serialiser writes as it is: texts come from terminals too, and are cut where they please.
    markup = new XMLSerializer().serializeToString(copy).replace(NO_XML, "\ufffd");
  } finally {
    defaults.close();
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><foreignObject width="100%" height="100%">${markup}</foreignObject></svg>`;
  const image = new Image();
  // A `blob:` address would taint the canvas in Chromium; this one does not.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser has no canvas to draw the picture on");
  context.scale(scale, scale);
  context.drawImage(image, 0, 0, width, height);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("the picture could not be encoded")) : resolve(blob)));
  });
}

/**
 * What elements look like that nobody has styled, so that only what differs is written down. They stand in a shadow tree: the page's own
 * styles, which the picture does not have, reach no further than its edge.
 */
class Defaults {
  readonly #host = document.createElement("div");
  readonly #inside = this.#host.attachShadow({ mode: "open" });
  readonly #known = new Map<string, Map<string, string>>();

  constructor() {
    this.#host.style.cssText = "all: initial; position: absolute; visibility: hidden; pointer-events: none";
    document.body.append(this.#host);
  }

  of(element: Element): Map<string, string> {
    const key = `${element.namespaceURI} ${element.localName}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      const plain = document.createElementNS(element.namespaceURI ?? XHTML, element.localName);
      this.#inside.append(plain);
      const computed = getComputedStyle(plain);
      known = new Map([...computed].map((name) => [name, computed.getPropertyValue(name)]));
      plain.remove();
      this.#known.set(key, known);
    }
    return known;
  }

  close(): void {
    this.#host.remove();
  }
}

function styled(element: Element, defaults: Defaults): Element {
  const made = element instanceof HTMLCanvasElement ? still(element) : (element.cloneNode(false) as Element);
  const isPicture = element instanceof HTMLCanvasElement;
  const plain = isPicture ? new Map<string, string>() : defaults.of(element);
  const computed = getComputedStyle(element);
  let style = "";
  for (const name of computed) {
    if (SKIPPED.test(name)) continue;
    const value = computed.getPropertyValue(name);
    // Inherited looks (colour, font) are written only where they differ from the default, too: an equal value is the default's.
    if (value !== plain.get(name) || INHERITED.has(name)) style += `${name}:${value};`;
  }
  // Nothing can be scrolled in a picture: what was is shown as it stood, and without bars.
  if (/auto|scroll/.test(computed.overflow)) style += "overflow:hidden;";
  // Through the object model: the content security policy lets no script write a style attribute.
  (made as HTMLElement).style.cssText = style;
  made.removeAttribute("class");
  made.removeAttribute("id");
  if (element instanceof HTMLImageElement) (made as HTMLImageElement).src = dataUrl(element);
  if (isPicture) return made;
  const moved = element.scrollLeft || element.scrollTop ? `${-element.scrollLeft}px ${-element.scrollTop}px` : "";
  for (const child of element.childNodes) {
    if (child instanceof Element) {
      if (child.hasAttribute("data-control") || getComputedStyle(child).display === "none") continue;
      const copy = styled(child, defaults) as HTMLElement;
      if (moved && getComputedStyle(child).position !== "sticky") copy.style.translate = moved;
      made.append(copy);
    } else if (child.nodeType === Node.TEXT_NODE) made.append(child.cloneNode());
  }
  return made;
}

/** Values that a child takes from its parent unless it says otherwise, and so has to say even if they are the browser's own. */
const INHERITED = new Set([
  "color",
  "font-size",
  "font-weight",
  "font-style",
  "line-height",
  "text-align",
  "visibility",
  "white-space-collapse",
  "text-wrap-mode",
  "letter-spacing",
]);

function still(canvas: HTMLCanvasElement): HTMLImageElement {
  const image = document.createElement("img");
  if (canvas.width > 0 && canvas.height > 0) {
    image.src = stillOf(canvas, SCALE * (window.devicePixelRatio || 1)).toDataURL();
  }
  return image;
}

function dataUrl(image: HTMLImageElement): string {
  if (image.src.startsWith("data:") || image.naturalWidth === 0) return image.src;
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  try {
    return canvas.toDataURL();
  } catch {
    return ""; // a street tile from elsewhere: the browser does not give it out
  }
}
