// @vitest-environment happy-dom
/** Saved boards while their server takes its time: people go on, and open another, before it answers. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PanelPlace } from "../wire";
import { Boards } from "./boards.svelte";
import { Dialogs } from "./dialogs.svelte";
import { Kiosk } from "./kiosk.svelte";
import { ANSWER_MS, PublishKey } from "./publishkey.svelte";
import { BoardSettings } from "./settings.svelte";
import { Toasts } from "./toasts.svelte";
import type { View } from "./view.svelte";

/** A request that the server has not answered yet. */
interface Asked {
  method: string;
  path: string;
  body: { version: number; arrangement: { places?: Record<string, PanelPlace> } };
  answer(body: unknown, status?: number): Promise<void>;
}

let asked: Asked[];
let settings: BoardSettings;
let dialogs: Dialogs;
let toasts: Toasts;
let boards: Boards;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  asked = [];
  // The browser's own timer is none of those that the tests turn.
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const ending = new AbortController();
    setTimeout(() => ending.abort(new DOMException("", "TimeoutError")), ms);
    return ending.signal;
  });
  vi.stubGlobal("fetch", (path: string, { method = "GET", body, signal }: RequestInit = {}) => {
    return new Promise<Response>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      asked.push({
        method,
        path,
        body: JSON.parse(String(body ?? "null")),
        answer: async (answer, status = 200) => {
          resolve(new Response(JSON.stringify(answer), { status }));
          await settle();
        },
      });
    });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Lets everything that waits for an answer go on. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

function start(address: string): void {
  history.replaceState(null, "", address);
  settings = new BoardSettings(undefined, address.startsWith("/b/"));
  dialogs = new Dialogs();
  toasts = new Toasts();
  boards = new Boards(new PublishKey(), settings, dialogs, toasts, false);
}

function request(method: string, path: string): Asked {
  const one = asked.findLast((each) => each.method === method && each.path === path);
  if (one === undefined)
    throw new Error(`${method} ${path} was not asked: ${asked.map((each) => `${each.method} ${each.path}`)}`);
  return one;
}

function saved(name: string, version: number, x: number): unknown {
  return { name, version, arrangement: { places: { cpu: { x, y: 0, w: 4, h: 4 } } } };
}

async function startAt(name: string, version = 1, x = 0, query = ""): Promise<void> {
  start(`/b/${name}${query}`);
  await request("GET", `/v1/boards/${name}`).answer(saved(name, version, x));
}

/** Opens another board, which comes at once. */
async function go(name: string, version = 1, x = 0): Promise<void> {
  void boards.open(name);
  await request("GET", `/v1/boards/${name}`).answer(saved(name, version, x));
}

/** Moves a panel. */
function move(x: number): void {
  settings.arrange({ places: new Map([["cpu", { x, y: 0, w: 4, h: 4 }]]) });
}

function place(): number | undefined {
  return settings.all.places.get("cpu")?.x;
}

describe("a save that is not answered yet", () => {
  it("saves what was sent: what is moved meanwhile is a change to it, and is kept over a reload", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    move(2);
    await request("PUT", "/v1/boards/A").answer({ name: "A", version: 2 });
    expect(settings.dirty).toBe(true);
    await startAt("A", 2, 1);
    expect(place()).toBe(2);
    expect(settings.version).toBe(2);
  });

  it("leaves nothing to save if nothing was moved meanwhile", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    await request("PUT", "/v1/boards/A").answer({ name: "A", version: 2 });
    expect(settings.dirty).toBe(false);
    expect(localStorage.getItem("windsock.board.A")).toBeNull();
  });

  it("is one save, however often it is pressed", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    void boards.save();
    expect(asked.filter(({ method }) => method === "PUT")).toHaveLength(1);
    await request("PUT", "/v1/boards/A").answer({ name: "A", version: 2 });
    move(2);
    void boards.save();
    expect(request("PUT", "/v1/boards/A").body.version).toBe(2);
  });

  it("and never will be is told, and can be tried again", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    await vi.advanceTimersByTimeAsync(ANSWER_MS - 1);
    expect(toasts.list).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(toasts.list.map(({ text }) => text)).toEqual(["The web service does not answer."]);
    void boards.save();
    expect(asked.filter(({ method }) => method === "PUT")).toHaveLength(2);
    await request("PUT", "/v1/boards/A").answer({ name: "A", version: 2 });
    expect(settings.dirty).toBe(false);
  });

  it.each(["before", "after"])("leaves the board alone that is opened and comes %s the answer", async (when) => {
    await startAt("A");
    move(1);
    void boards.save();
    const put = request("PUT", "/v1/boards/A");
    void boards.open("B");
    const answer = () => put.answer({ name: "A", version: 2 });
    if (when === "after") await answer();
    await request("GET", "/v1/boards/B").answer(saved("B", 7, 9));
    if (when === "before") await answer();
    expect(location.pathname).toBe("/b/B");
    expect(boards.name).toBe("B");
    expect([place(), settings.version, settings.dirty]).toEqual([9, 7, false]);
    move(10);
    void boards.save();
    expect(request("PUT", "/v1/boards/B").body.version).toBe(7);
    expect(toasts.list.map(({ text }) => text)).toContain("“A” is saved");
  });

  it("lets what was moved before another was opened be saved later, as a change to the new version", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    move(2);
    const put = request("PUT", "/v1/boards/A");
    await go("B");
    await put.answer({ name: "A", version: 2 });
    await go("A", 2, 1);
    expect([place(), settings.version, settings.dirty]).toEqual([2, 2, true]);
  });

  it("asks nothing about a board that is out of sight: a conflict is told, and no other board takes its name", async () => {
    await startAt("A");
    move(1);
    void boards.save();
    const put = request("PUT", "/v1/boards/A");
    await go("B", 7, 9);
    await put.answer(
      { error: { code: "conflict", message: "the board 'A' was saved by somebody else meanwhile" } },
      409,
    );
    expect(dialogs.now).toBeUndefined();
    expect(toasts.list.map(({ text }) => text)).toEqual(["the board 'A' was saved by somebody else meanwhile"]);
    await go("A", 2, 5);
    expect([place(), settings.version], "the changes wait, made to the older version").toEqual([1, 1]);
  });
});

describe("other answers that come late", () => {
  it("a board that is renamed after another was opened does not take that one's place", async () => {
    await startAt("A");
    void boards.rename();
    dialogs.now?.answer("C");
    await settle();
    const patch = request("PATCH", "/v1/boards/A");
    await go("B", 7, 9);
    await patch.answer({ name: "C", version: 2 });
    expect([boards.name, location.pathname, place()]).toEqual(["B", "/b/B", 9]);
  });

  it("a board that is deleted after another was opened takes nothing of that one", async () => {
    await startAt("A");
    void boards.remove();
    dialogs.now?.answer("yes");
    await settle();
    const gone = request("DELETE", "/v1/boards/A");
    await go("B", 7, 9);
    move(10);
    await gone.answer({});
    expect([boards.name, location.pathname, place()]).toEqual(["B", "/b/B", 10]);
  });

  it("that there is no such board says nothing about the one that was opened since", async () => {
    start("/b/gone");
    const late = request("GET", "/v1/boards/gone");
    await go("B", 7, 9);
    await late.answer({ error: { code: "not_found", message: "there is no such board" } }, 404);
    expect([boards.name, boards.missing, place()]).toEqual(["B", false, 9]);
  });

  it("a board that was left before it came does not show all streams instead of the one that is on its way", async () => {
    start("/b/A");
    const late = request("GET", "/v1/boards/A");
    void boards.open("B");
    await late.answer(saved("A", 1, 5));
    expect(settings.pending).toBe(true);
    await request("GET", "/v1/boards/B").answer(saved("B", 7, 9));
    expect([boards.name, settings.pending, place()]).toEqual(["B", false, 9]);
  });
});

describe("what the address says of the page", () => {
  it("goes on with the board that is opened next: a kiosk, and a link to look only", async () => {
    await startAt("A", 1, 0, "?readonly&kiosk=30&rotate=boards&from=mail");
    await go("B");
    expect(location.pathname + location.search).toBe("/b/B?readonly&kiosk=30&rotate=boards");
    void boards.open(undefined);
    expect(location.pathname + location.search).toBe("/?readonly&kiosk=30&rotate=boards");
  });

  it("is no part of a link to a board", async () => {
    await startAt("A", 1, 0, "?kiosk=30");
    expect(new URL(boards.link(true)).search).toBe("?readonly");
    expect(new URL(boards.link(false)).search).toBe("");
  });

  it("names no kiosk any more once that was left", async () => {
    await startAt("A", 1, 0, "?kiosk=30&readonly");
    const kiosk = new Kiosk({} as View, boards);
    expect(kiosk.on).toBe(true);
    kiosk.toggle();
    expect(location.pathname + location.search).toBe("/b/A?readonly");
    await go("B");
    expect(location.pathname + location.search).toBe("/b/B?readonly");
  });
});
