/**
 * Decodes a camera's own stream in the browser (WebCodecs), which costs the server nothing and a quarter of the bytes.
 *
 * `VideoDecoder` exists only on https and localhost, and does not know every codec: `failed` says when pictures have to come as JPEG.
 */
import type { FrameHead } from "./feedline";

/** Access units that wait in the decoder: more, and it can't keep up. */
const MOST_WAITING = 20;
/** Remembered places of units in the decoder. */
const MOST_HEADS = 120;

export function canDecodeUnits(): boolean {
  return typeof VideoDecoder === "function" && typeof EncodedVideoChunk === "function" && window.isSecureContext;
}

export class UnitDecoder {
  readonly #shown: (frame: VideoFrame, head: FrameHead) => void;
  readonly #skipped: (head: FrameHead) => void;
  readonly #failed: (reason: string) => void;
  readonly #heads = new Map<number, FrameHead>();
  #decoder: VideoDecoder | undefined;
  #codec = "";
  #needKey = true;
  #place = "";
  #seq = 0;

  constructor(
    shown: (frame: VideoFrame, head: FrameHead) => void,
    skipped: (head: FrameHead) => void,
    failed: (reason: string) => void,
  ) {
    this.#shown = shown;
    this.#skipped = skipped;
    this.#failed = failed;
  }

  take(head: FrameHead, data: Uint8Array<ArrayBuffer>): void {
    const place = String(head.epoch);
    const follows = place === this.#place && head.seq === this.#seq + 1;
    this.#place = place;
    this.#seq = head.seq;
    if (!follows && !head.key) this.#needKey = true;
    if ((this.#decoder?.decodeQueueSize ?? 0) > MOST_WAITING) this.#needKey = true;
    if (this.#needKey && !head.key) {
      this.#skipped(head);
      return;
    }
    try {
      this.#ready(head);
      this.#needKey = false;
      this.#heads.set(head.pts, head);
      if (this.#heads.size > MOST_HEADS) this.#heads.delete(this.#heads.keys().next().value as number);
      this.#decoder?.decode(new EncodedVideoChunk({ type: head.key ? "key" : "delta", timestamp: head.pts, data }));
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    this.#heads.clear();
    if (this.#decoder !== undefined && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = undefined;
  }

  #ready(head: FrameHead): void {
    const codec = head.codec ?? this.#codec;
    if (this.#decoder !== undefined && (!head.key || codec === this.#codec)) return;
    this.close();
    this.#codec = codec;
    const decoder = new VideoDecoder({
      output: (frame) => {
        const of = this.#heads.get(frame.timestamp);
        this.#heads.delete(frame.timestamp);
        if (of === undefined || this.#decoder !== decoder) frame.close();
        else this.#shown(frame, of);
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#failed(error.message);
      },
    });
    decoder.configure({ codec, optimizeForLatency: true });
    this.#decoder = decoder;
  }
}
