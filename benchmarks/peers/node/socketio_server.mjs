// Node's own socket.io with its default engine (ws): `io.emit` to everybody every 50 ms, from the line `on` to the line `off` on stdin.
// argv: port, the event's data as JSON; `time` in it is set at each tick.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const PERIOD_MS = 50;
const [port, data] = [Number(process.argv[2]), JSON.parse(process.argv[3])];

const http = createServer();
const io = new Server(http, { serveClient: false });
http.listen(port, "127.0.0.1");

let timer;
createInterface({ input: process.stdin })
  .on("line", (line) => {
    clearInterval(timer);
    if (line.trim() === "on") timer = setInterval(() => io.emit("tick", { ...data, time: Date.now() }), PERIOD_MS);
  })
  .on("close", () => process.exit());
