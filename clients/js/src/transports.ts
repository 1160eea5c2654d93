/** Two ways to read live: a WebSocket where there is one, server-sent events over `fetch` where there is none (Node before 22). */

export interface Place {
  readonly epoch: string;
  readonly offset: number;
}

export type Places = ReadonlyMap<string, Place | undefined>;

/** Called with each event; `closed` once, at the end, with the reason. */
export interface Ears {
  opened(): void;
  heard(event: string, data: unknown): void;
  closed(reason: string): void;
}

export interface Transport {
  /** Watch these too, or no more. False if that needs a new connection. */
  change(add: Places, remove: readonly string[]): boolean;
  /** A picture was taken. */
  shown(id: string, offset: number): void;
  close(): void;
}

export function connect(board: string, places: Places, ears: Ears): Transport {
  return typeof WebSocket === "function" ? overWebSocket(board, places, ears) : overEvents(board, places, ears);
}

function entries(places: Places): (string | { id: string; epoch: string; offset: number })[] {
  return [...places].map(([id, place]) => (place === undefined ? id : { id, ...place }));
}

export function overWebSocket(board: string, places: Places, ears: Ears): Transport {
  const socket = new WebSocket(`${board.replace(/^http/, "ws")}/v1/live`);
  const send = (request: unknown) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
  };
  socket.onopen = () => {
    ears.opened();
    send({ watch: entries(places) });
  };
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as { event: string; data: unknown };
    ears.heard(message.event, message.data);
  };
  socket.onclose = ({ code }) => ears.closed(`the connection ended (${code})`);
  return {
    change: (add, remove) => {
      send({ watch: entries(add), unwatch: remove });
      return true;
    },
    shown: (id, offset) => send({ shown: { id, offset } }),
    close: () => socket.close(),
  };
}

export function overEvents(board: string, places: Places, ears: Ears): Transport {
  const stop = new AbortController();
  void read(board, places, ears, stop.signal).then(
    () => ears.closed("the answer ended"),
    (error: Error) => ears.closed(error.message),
  );
  return { change: () => false, shown: () => {}, close: () => stop.abort() };
}

async function read(board: string, places: Places, ears: Ears, signal: AbortSignal): Promise<void> {
  const ids = [...places.keys()].map((id) => `id=${encodeURIComponent(id)}`).join("&");
  const last = [...places.values()].map((place) => (place ? `${place.epoch}:${place.offset}` : "-")).join(",");
  const response = await fetch(`${board}/v1/events?wait=true&${ids}`, { headers: { "last-event-id": last }, signal });
  if (!response.ok || response.body === null) throw new Error(`${board} answers ${response.status}`);
  ears.opened();
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) hear(event, ears);
  }
}

function hear(event: string, ears: Ears): void {
  let name = "tick";
  let data: string | undefined;
  for (const line of event.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data = line.slice(6);
  }
  if (data === undefined) ears.heard("ping", undefined);
  else ears.heard(name, JSON.parse(data));
}
