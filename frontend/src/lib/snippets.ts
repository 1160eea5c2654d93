/** Publishers in two lines, with the address that this board is at, for an empty board to teach with. */

export interface Snippet {
  language: string;
  code: string;
}

export function snippets(host: string, ports: { tcp: number; http: number }): Snippet[] {
  const name = host === "" ? "localhost" : host;
  // An IPv6 address comes in brackets from the browser; sockets want it without.
  const bare = name.replace(/^\[(.*)\]$/, "$1");
  return [
    {
      language: "Python",
      code: [
        `import math, socket, time; out = socket.create_connection(("${bare}", ${ports.tcp}))`,
        `while True: out.sendall(b'{"id": "wave", "value": %f}' % math.sin(time.time())); time.sleep(0.1)`,
      ].join("\n"),
    },
    {
      language: "bash",
      code: [
        `exec 3<>/dev/tcp/${bare}/${ports.tcp}`,
        `while sleep 0.2; do echo '{"id": "dice", "value": '$((RANDOM % 6 + 1))'}' >&3; done`,
      ].join("\n"),
    },
    {
      language: "JavaScript",
      code: [
        `const send = (value) => fetch("http://${name}:${ports.http}/", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: "noise", value }) });`,
        "setInterval(() => send(Math.random()), 200);",
      ].join("\n"),
    },
  ];
}
