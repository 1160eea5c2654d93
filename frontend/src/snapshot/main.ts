/**
 * The start of a snapshot: the same board on what was taken along, in one file without a server.
 *
 * Built as one plain script (vite.snapshot.config.ts), since a page that is opened from a disk may load no modules.
 */
import { mount } from "svelte";
import App from "../board/App.svelte";
import { Board } from "../board/board.svelte";
import { exposeDebug } from "../lib/debug";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/panels.css";
import { ReplaySocket } from "./replay";
import type { Taken } from "./taken";

const source = document.getElementById("taken")?.textContent;
const target = document.getElementById("app");
if (!source || target === null) throw new Error("this is no snapshot");
const taken = JSON.parse(source) as Taken;
const socket = new ReplaySocket(taken);
const board = new Board(socket, { taken });
exposeDebug(window, {
  version: taken.version,
  store: board.store,
  link: () => board.link,
  excerpt: (stream) => board.excerpt(stream),
  draws: () => board.scheduler.draws,
  painting: () => board.scheduler.painting,
});
mount(App, { target, props: { board } });
socket.connect();
if (taken.moment) board.look(taken.moment);
