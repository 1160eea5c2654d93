/**
 * Frames of cameras, apart from ticks: a panel looks at a feed while it is in sight, gets its frames, and says which it has shown.
 *
 * A frame is a line of JSON, a line feed, and the picture's bytes, as the video worker made it; nobody in between has looked into it.
 */
import type { FeedStatus, FrameHead, Look, Seen } from "../wire";

export type FrameKind = Look["kind"];
export type FeedState = FeedStatus;
export type { FrameHead };

export interface FeedListener {
  frame(head: FrameHead, data: Uint8Array<ArrayBuffer>): void;
  told(state: FeedState): void;
}

/** What of a Socket.IO client is used. */
export interface FeedSocket {
  readonly connected: boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
}

interface Looking {
  kind: FrameKind;
  listener: FeedListener;
}

const LINE_FEED = 10;

/** Takes a frame apart; undefined if it is none. */
export function readFrame(
  message: Uint8Array<ArrayBuffer>,
): { head: FrameHead; data: Uint8Array<ArrayBuffer> } | undefined {
  const end = message.indexOf(LINE_FEED);
  if (end < 0) return undefined;
  try {
    const head = JSON.parse(new TextDecoder().decode(message.subarray(0, end))) as FrameHead;
    return { head, data: message.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

export class FeedLine {
  readonly #looking = new Map<string, Looking>();
  #socket: FeedSocket | undefined;

  attach(socket: FeedSocket): void {
    this.#socket = socket;
    socket.on("connect", () => {
      for (const [id, { kind }] of this.#looking) socket.emit("look", { id, kind });
    });
    socket.on("frame", (message: ArrayBuffer | string) => this.#frame(message));
    socket.on("feed", (state: FeedState) => this.#looking.get(state.id)?.listener.told(state));
  }

  /** Have a feed's frames sent, until the returned function is called. One look a feed. */
  look(id: string, kind: FrameKind, listener: FeedListener): () => void {
    const looking = { kind, listener };
    this.#looking.set(id, looking);
    if (this.#socket?.connected) this.#socket.emit("look", { id, kind } satisfies Look);
    return () => {
      if (this.#looking.get(id) !== looking) return;
      this.#looking.delete(id);
      if (this.#socket?.connected) this.#socket.emit("look_away", { id });
    };
  }

  /** Tells the relay that this frame, and all of its kind before it, need not be waited for. */
  seen(head: FrameHead): void {
    const { id, kind, epoch, seq } = head;
    if (this.#socket?.connected) this.#socket.emit("seen", { id, kind, epoch, seq } satisfies Seen);
  }

  #frame(message: ArrayBuffer | string): void {
    const bytes =
      typeof message === "string" ? Uint8Array.from(atob(message), (c) => c.charCodeAt(0)) : new Uint8Array(message);
    const frame = readFrame(bytes);
    if (frame === undefined) return;
    const looking = this.#looking.get(frame.head.id);
    if (looking === undefined) this.seen(frame.head);
    else looking.listener.frame(frame.head, frame.data);
  }
}

/** The page's one line. */
export const feedLine = new FeedLine();
