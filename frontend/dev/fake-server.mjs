/**
 * A small relay for working on the board: speaks the same Socket.IO protocol as the web service, makes its own streams, and can be told to
 * misbehave. Serves `dist/` with the real Content-Security-Policy, too. See README.md beside it.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "socket.io";
import { manyLines, SERIES_TYPES, STREAMS } from "./fake-streams.mjs";

const port = Number(process.env.PORT ?? 8077);
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const TICK_MS = 50;
const HISTORY = 1_000;
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** @type {Map<string, {spec: any, epoch: string, offset: number, rows: any[], rate: number, next: (n: number) => any, due: number, stopped: boolean}>} */
const streams = new Map();
const viewers = new Set();
let broker = "up";
let epochs = 0;

function add({ spec, rate, next }) {
  const id = String(spec.id);
  const epoch = `e${++epochs}`;
  streams.set(id, {
    spec: { ...spec, id, version: 1, epoch },
    epoch,
    offset: 0,
    rows: [],
    rate,
    next,
    due: Date.now(),
    stopped: false,
  });
  return streams.get(id);
}

/** One sample at `time`. */
function grow(stream, time) {
  const value = stream.next(++stream.offset);
  stream.rows.push(SERIES_TYPES.has(stream.spec.type) ? [time, ...value] : [time, value]);
  const kept = stream.spec.type === "image" ? 1 : HISTORY;
  if (stream.rows.length > kept) stream.rows.splice(0, stream.rows.length - kept);
}

function backfill(stream, seconds) {
  const count = Math.min(HISTORY, Math.ceil(seconds * stream.rate));
  for (let i = count; i > 0; i--) grow(stream, Date.now() - Math.round((i * 1000) / stream.rate));
}

const lines = Number(process.env.LINES ?? 0);
const wanted = lines > 0 ? manyLines(lines) : process.env.EMPTY === "1" ? [] : STREAMS;
for (const made of wanted) backfill(add(made), lines > 0 ? 40 : 30);

const http = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname.startsWith("/dev/")) return command(url, response);
  const path = normalize(url.pathname === "/" ? "/index.html" : url.pathname);
  try {
    const body = await readFile(join(dist, path));
    response.writeHead(200, {
      "Content-Type": KINDS[extname(path)] ?? "application/octet-stream",
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end("not found: run `npm run build` first\n");
  }
});

const io = new Server(http, { cors: { origin: false } });

io.on("connection", (socket) => {
  /** What this viewer has: id -> {epoch, offset}. */
  const viewer = { socket, has: new Map(), visible: true, inFlight: new Set(), lastSent: 0 };
  viewers.add(viewer);
  socket.emit("hello", { protocol: 1, version: "0.0.0-fake", tick_ms: TICK_MS });
  socket.emit("catalogue", catalogue());
  socket.emit("status", { broker, since: Date.now() });
  socket.on("watch", (message, answer) => {
    for (const { id, epoch = "", offset = 0 } of message.add ?? []) viewer.has.set(id, { epoch, offset });
    for (const id of message.remove ?? []) viewer.has.delete(id);
    answer?.({ watching: viewer.has.size });
  });
  socket.on("visible", (visible) => {
    viewer.visible = visible;
  });
  socket.on("shown", ({ id }) => viewer.inFlight.delete(id));
  socket.on("disconnect", () => viewers.delete(viewer));
});

const catalogue = () => ({ streams: [...streams.values()].map((stream) => stream.spec) });

function deltaFor(viewer, stream) {
  const has = viewer.has.get(stream.spec.id);
  const reset = has.epoch !== stream.epoch || stream.offset - has.offset > stream.rows.length;
  if (!reset && stream.offset === has.offset) return undefined;
  const rows = reset ? stream.rows : stream.rows.slice(stream.rows.length - (stream.offset - has.offset));
  const lost = has.lost ?? 0;
  viewer.has.set(stream.spec.id, { epoch: stream.epoch, offset: stream.offset });
  return { id: stream.spec.id, epoch: stream.epoch, offset: stream.offset, count: rows.length, lost, reset, rows };
}

function pictureFor(viewer, stream) {
  const id = stream.spec.id;
  const has = viewer.has.get(id);
  if (!viewer.visible || viewer.inFlight.has(id) || (has.epoch === stream.epoch && has.offset === stream.offset))
    return;
  const [time, value] = stream.rows.at(-1) ?? [];
  if (value === undefined) return;
  viewer.inFlight.add(id);
  viewer.has.set(id, { epoch: stream.epoch, offset: stream.offset });
  viewer.socket.emit("picture", { id, epoch: stream.epoch, offset: stream.offset, time, value });
}

setInterval(() => {
  const now = Date.now();
  for (const stream of streams.values()) {
    for (; !stream.stopped && stream.due <= now; stream.due += 1000 / stream.rate) grow(stream, Math.round(stream.due));
  }
  if (broker === "down") return;
  for (const viewer of viewers) {
    if (!viewer.visible && now - viewer.lastSent < 1000) continue;
    viewer.lastSent = now;
    const deltas = [];
    for (const stream of streams.values()) {
      if (!viewer.has.has(stream.spec.id)) continue;
      if (stream.spec.type === "image") pictureFor(viewer, stream);
      else {
        const delta = deltaFor(viewer, stream);
        if (delta) deltas.push(delta);
      }
    }
    if (deltas.length > 0) viewer.socket.emit("tick", { time: now, streams: deltas });
  }
}, TICK_MS);

/** `/dev/<what>?id=...`: see README.md. */
function command(url, response) {
  const id = url.searchParams.get("id") ?? "";
  const stream = streams.get(id);
  const actions = {
    add: () => {
      const type = url.searchParams.get("type") ?? "line";
      const made = add({ spec: { id, type, name: id }, rate: 10, next: (n) => [Math.sin(n / 10)] });
      io.emit("specs", { changed: [made.spec], removed: [] });
    },
    spec: () => {
      stream.spec = {
        ...stream.spec,
        ...JSON.parse(url.searchParams.get("json") ?? "{}"),
        version: stream.spec.version + 1,
      };
      io.emit("specs", { changed: [stream.spec], removed: [] });
    },
    remove: () => {
      streams.delete(id);
      io.emit("specs", { changed: [], removed: [id] });
    },
    stop: () => {
      stream.stopped = !stream.stopped;
      stream.due = Date.now();
    },
    lose: () => {
      const n = Number(url.searchParams.get("n") ?? 20);
      for (const viewer of viewers) {
        const has = viewer.has.get(id);
        if (has) Object.assign(has, { offset: stream.offset + n, lost: n });
      }
      stream.offset += n;
      stream.due = Date.now() + (n * 1000) / stream.rate;
    },
    restart: () => {
      for (const each of streams.values())
        Object.assign(each, { epoch: `e${++epochs}`, offset: 0, rows: [], due: Date.now() });
    },
    broker: () => {
      broker = url.searchParams.get("state") === "down" ? "down" : "up";
      io.emit("status", { broker, since: Date.now() });
      if (broker === "up") io.emit("catalogue", catalogue());
    },
    kick: () => io.disconnectSockets(true),
    notice: () => io.emit("notice", { code: "dev", message: url.searchParams.get("text") ?? "A notice" }),
  };
  const action = actions[url.pathname.slice("/dev/".length)];
  if (!action) return response.writeHead(404).end(`one of: ${Object.keys(actions).join(", ")}\n`);
  if (!stream && ["spec", "stop", "lose"].includes(url.pathname.slice(5)))
    return response.writeHead(404).end("no such stream\n");
  action();
  return response.writeHead(204).end();
}

http.listen(port, "127.0.0.1", () => console.log(`fake relay on http://127.0.0.1:${port}`));
