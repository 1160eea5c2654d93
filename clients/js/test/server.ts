/** An HTTP server that answers as a test tells it to, on a port of its own, and keeps what it was sent. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sent {
  id: string;
  value: unknown;
  time: number;
  source: string;
  seq: number;
  [field: string]: unknown;
}

export class FakeIngest {
  readonly bodies: string[] = [];
  readonly keys: (string | undefined)[] = [];
  /** Status of the next answers; 202 once they are used up. */
  readonly statuses: number[] = [];
  rejected: unknown[] = [];
  silent = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (part: string) => {
        body += part;
      });
      request.on("end", () => {
        this.bodies.push(body);
        this.keys.push(request.headers.authorization);
        if (this.silent) return;
        const status = this.statuses.shift() ?? 202;
        response.writeHead(status, { "content-type": "application/json" });
        const count = (JSON.parse(body) as unknown[]).length;
        const answer = { accepted: count - this.rejected.length, rejected: this.rejected };
        response.end(
          JSON.stringify(status === 202 ? answer : { error: { code: "unauthorized", message: "the key is wrong" } }),
        );
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All messages, of all bodies. */
  get messages(): Sent[] {
    return this.bodies.flatMap((body) => JSON.parse(body) as Sent[]);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
