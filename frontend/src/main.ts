/** The board's start: one socket, one board, one page. */
import { io } from "socket.io-client";
import { mount } from "svelte";
import App from "./board/App.svelte";
import { Board } from "./board/board.svelte";
import { embeddingOf } from "./board/embedding";
import { paintOffThread } from "./chart/painter";
import { exposeDebug } from "./lib/debug";
import { feedLine } from "./lib/feedline";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/panels.css";

const socket = io({
  // Straight to WebSocket: polling first would cost every viewer two requests more. It stays as the way through proxies that block it.
  transports: ["websocket", "polling"],
  tryAllTransports: true,
  reconnectionDelay: 300,
  reconnectionDelayMax: 2_000,
});

feedLine.attach(socket);
paintOffThread(() => new Worker(new URL("./chart/painter.worker.ts", import.meta.url), { type: "module" }));
const embedding = embeddingOf(location);
const board = new Board(socket, embedding && { only: embedding.stream });
exposeDebug(window, {
  version: __WINDSOCK_VERSION__,
  store: board.store,
  link: () => board.link,
  excerpt: (stream) => board.excerpt(stream),
  draws: () => board.scheduler.draws,
  painting: () => board.scheduler.painting,
});

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");
if (embedding === undefined) mount(App, { target, props: { board } });
else
  void import("./board/Embed.svelte").then(({ default: Embed }) =>
    mount(Embed, { target, props: { board, embedding } }),
  );
