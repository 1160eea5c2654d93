// @vitest-environment happy-dom
/** Panels that draw with elements: nothing a publisher sends may become an element or a script. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Stream } from "../lib/stream";
import { excerptUpTo } from "../testing/excerpt";
import { spec } from "../testing/made";
import type { Row } from "../wire";
import { mount as mountImage } from "./image";
import type { Panel, PanelContext } from "./panel";
import { mount as mountTable } from "./table";
import { mount as mountText } from "./text";
import { mount as mountUnknown } from "./unknown";

const EVIL = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>';
let host: HTMLElement;
let until = Number.POSITIVE_INFINITY;
const shown = vi.fn();

beforeEach(() => {
  host = document.createElement("div");
  document.body.replaceChildren(host);
  until = Number.POSITIVE_INFINITY;
  shown.mockClear();
});

function context(stream: Stream): PanelContext {
  return {
    stream,
    spec: () => stream.spec,
    theme: () => ({}) as never,
    settings: () => ({}),
    set() {},
    until: () => until,
    excerpt: () => excerptUpTo(stream, until),
    look() {},
    changed() {},
    painted() {},
    pointed() {},
    shown,
  };
}

function send(stream: Stream, offset: number, value: unknown): void {
  const rows: Row[] = [[offset * 1_000, value]];
  stream.receive({ id: "cpu", epoch: "e1", offset, count: 1, lost: 0, reset: false, rows }, 0, 0);
}

describe("text", () => {
  let stream: Stream;
  let panel: Panel;
  const lines = (): string[] => [...host.querySelectorAll("li span")].map((item) => item.textContent ?? "");

  beforeEach(() => {
    stream = new Stream(spec({ type: "text", active_points: 4 }));
    panel = mountText(host, context(stream));
  });

  it("shows text as text", () => {
    send(stream, 1, [{ text: EVIL, level: EVIL }]);
    panel.draw();
    expect(lines()).toEqual([EVIL]);
    expect(host.querySelectorAll("img, script")).toHaveLength(0);
  });

  it("adds what is new, and keeps as many lines as asked for", () => {
    for (let offset = 1; offset <= 3; offset++) send(stream, offset, `line ${offset}`);
    panel.draw();
    const first = host.querySelector("li");
    for (let offset = 4; offset <= 6; offset++) send(stream, offset, `line ${offset}`);
    panel.draw();
    expect(lines()).toEqual(["line 3", "line 4", "line 5", "line 6"]);
    expect(first?.isConnected, "the oldest line went").toBe(false);
  });

  it("makes of a burst only what stays", () => {
    send(
      stream,
      1,
      Array.from({ length: 5_000 }, (_, i) => ({ text: `line ${i}` })),
    );
    panel.draw();
    expect(lines()).toEqual(["line 4996", "line 4997", "line 4998", "line 4999"]);
  });

  it("marks levels and losses", () => {
    send(stream, 1, [{ level: "error", text: "broken" }]);
    panel.draw();
    send(stream, 5, "after");
    panel.draw();
    expect(host.querySelector("[data-level=error]")?.textContent).toContain("broken");
    expect(host.querySelector(".log-lost")?.textContent).toBe("3 lost");
  });

  it("stands still in a pause, and empties when cleared", () => {
    send(stream, 1, "before");
    panel.draw();
    until = 1;
    send(stream, 2, "after");
    panel.draw();
    expect(lines()).toEqual(["before"]);
    until = Number.POSITIVE_INFINITY;
    panel.draw();
    expect(lines()).toEqual(["before", "after"]);
    stream.clear();
    panel.draw();
    expect(lines()).toEqual([]);
  });
});

describe("image", () => {
  const PNG = "data:image/png;base64,iVBORw0KGgo=";
  const GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
  const picture = (): HTMLCanvasElement => host.querySelector("canvas") as HTMLCanvasElement;
  const moving = (): HTMLImageElement => host.querySelector("img") as HTMLImageElement;
  const close = vi.fn();
  const decode = vi.fn<(blob: Blob) => Promise<unknown>>();

  beforeEach(() => {
    vi.stubGlobal("createImageBitmap", decode);
    decode.mockReset().mockResolvedValue({ width: 4, height: 3, close });
    close.mockReset();
    HTMLCanvasElement.prototype.getContext = () => null;
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("shows a picture, lets go of what it was decoded to, and tells that it did", async () => {
    const stream = new Stream(spec({ type: "image", name: "Sky" }));
    const panel = mountImage(host, context(stream));
    send(stream, 7, PNG);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(7));
    expect(decode.mock.calls[0]?.[0].size).toBe(8);
    expect([picture().width, picture().height, picture().hidden, moving().hidden]).toEqual([4, 3, false, true]);
    expect(picture().getAttribute("aria-label")).toBe("Sky");
    expect(host.textContent).toContain("4 × 3");
    expect(close).toHaveBeenCalled();
  });

  it("shows a picture with more pixels than a canvas can have with fewer", async () => {
    const stream = new Stream(spec({ type: "image" }));
    const panel = mountImage(host, context(stream));
    decode.mockResolvedValue({ width: 8192, height: 8192, close });
    send(stream, 1, PNG);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(1));
    expect([picture().width, picture().height]).toEqual([4096, 4096]);
  });

  it("lets a GIF move", async () => {
    const stream = new Stream(spec({ type: "image", name: "Flag" }));
    const panel = mountImage(host, context(stream));
    moving().decode = () => Promise.resolve();
    send(stream, 1, GIF);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(1));
    expect([moving().src, moving().alt, moving().hidden, picture().hidden]).toEqual([GIF, "Flag", false, true]);
    send(stream, 2, PNG);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(2));
    expect([moving().hidden, moving().hasAttribute("src"), picture().hidden]).toEqual([true, false, false]);
  });

  it("shows nothing that is no picture, and asks for the next", () => {
    const stream = new Stream(spec({ type: "image" }));
    const panel = mountImage(host, context(stream));
    send(stream, 1, "data:image/svg+xml;base64,PHN2Zz4=");
    panel.draw();
    expect([picture().hidden, moving().hidden]).toEqual([true, true]);
    expect(decode).not.toHaveBeenCalled();
    expect(shown).toHaveBeenCalledWith(1);
  });

  it("asks for the next also after a picture that can't be decoded", async () => {
    const stream = new Stream(spec({ type: "image" }));
    const panel = mountImage(host, context(stream));
    decode.mockRejectedValue(new Error("broken"));
    send(stream, 1, PNG);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(1));
    expect(host.textContent).toContain("can't be decoded");
  });

  it("does not put an older picture over a newer one that was decoded sooner", async () => {
    const stream = new Stream(spec({ type: "image" }));
    const panel = mountImage(host, context(stream));
    let late: (bitmap: unknown) => void = () => undefined;
    decode.mockReturnValueOnce(new Promise((done) => (late = done)));
    send(stream, 1, PNG);
    panel.draw();
    send(stream, 2, PNG);
    panel.draw();
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(2));
    late({ width: 9, height: 9, close });
    await vi.waitFor(() => expect(shown).toHaveBeenCalledWith(1));
    expect(picture().width).toBe(4);
    expect(close).toHaveBeenCalledTimes(2);
  });
});

describe("table", () => {
  const cells = (): string[] => [...host.querySelectorAll("td")].map((cell) => cell.textContent ?? "");

  it("shows text as text, and the newest sample alone", () => {
    const stream = new Stream(spec({ type: "table" }));
    const panel = mountTable(host, context(stream));
    send(stream, 1, [{ old: 1 }]);
    send(stream, 2, [JSON.parse(`{"name": ${JSON.stringify(EVIL)}, "__proto__": {"polluted": 1}}`)]);
    panel.draw();
    expect(cells()).toContain(EVIL);
    expect(cells()).not.toContain("1");
    expect(host.querySelectorAll("img, script")).toHaveLength(0);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("gathers rows that come one by one, as many as asked for", () => {
    const stream = new Stream(spec({ type: "table", active_points: 2 }));
    const panel = mountTable(host, context(stream));
    for (let offset = 1; offset <= 3; offset++) send(stream, offset, [{ n: offset }]);
    panel.draw();
    expect(cells()).toEqual(["2", "3"]);
  });

  it("stands still in a pause, and empties when cleared", () => {
    const stream = new Stream(spec({ type: "table" }));
    const panel = mountTable(host, context(stream));
    send(stream, 1, [{ n: 1 }]);
    stream.hold(1 << 20);
    until = 1;
    for (let offset = 2; offset <= 9; offset++) send(stream, offset, [{ n: offset }]);
    panel.draw();
    expect(cells()).toEqual(["1"]);
    until = Number.POSITIVE_INFINITY;
    stream.release();
    panel.draw();
    expect(cells()).toEqual(["9"]);
    stream.clear();
    panel.draw();
    expect(cells()).toEqual([]);
  });
});

it("a type without a panel is named", () => {
  const stream = new Stream(spec({ type: "surface" }));
  mountUnknown(host, context(stream)).draw();
  expect(host.textContent).toContain("No panel for this type yet");
  expect(host.querySelector("code")?.textContent).toBe("surface");
});
