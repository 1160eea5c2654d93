// Viewers with the real Socket.IO client: many in this process, and one in Chromium. Each takes, in its handler of `tick`, the age of every row.
// `clear` on stdin forgets what was measured, `take` prints it. argv: a JSON object {url, viewers, watch, chromium?}.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";

const config = JSON.parse(process.argv[2]);
const watching = { add: config.watch.map((id) => ({ id })) };

/** Connects a viewer whose handler counts row ages (ms, rounded down) into `ages`. Runs here and, as text, in the page. */
function view(connect, url, watch, ages) {
  return new Promise((resolve, reject) => {
    const socket = connect(url, { transports: ["websocket"], forceNew: true });
    socket.on("connect_error", reject);
    socket.on("connect", () => socket.emit("watch", watch, resolve));
    socket.on("tick", ({ streams }) => {
      const now = Date.now();
      for (const { rows, reset } of streams) {
        if (reset) continue; // a snapshot is as old as it is
        for (const row of rows) ages[now - row[0]] = (ages[now - row[0]] ?? 0) + 1;
      }
    });
  });
}

async function openPage() {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: config.chromium,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const page = await browser.newPage();
  await page.goto(`${config.url}/healthz`); // a page of the same origin with nothing on it: it is the way to the handler that is measured, not the drawing
  const client = fileURLToPath(new URL("./node_modules/socket.io-client/dist/socket.io.min.js", import.meta.url));
  await page.evaluate(readFileSync(client, "utf8"));
  await page.evaluate(`globalThis.ages = {}; (${view})(io, location.origin, ${JSON.stringify(watching)}, ages)`);
  return { browser, page };
}

const ages = {};
await Promise.all(Array.from({ length: config.viewers }, () => view(io, config.url, watching, ages)));
const chromium = config.chromium ? await openPage() : undefined;
console.log(JSON.stringify({ connected: config.viewers }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "take") {
    const page = chromium ? await chromium.page.evaluate("ages") : null;
    console.log(JSON.stringify({ node: ages, chromium: page }));
  }
  for (const age of Object.keys(ages)) delete ages[age];
  await chromium?.page.evaluate("for (const age of Object.keys(ages)) delete ages[age]");
  if (line.trim() === "clear") console.log("{}");
}
await chromium?.browser.close();
process.exit();
