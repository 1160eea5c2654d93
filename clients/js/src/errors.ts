/** What went wrong: a stable code to branch on, a sentence for a person, the stream that it is about. */

/** The server's codes (docs/protocol.md), and the client's own: `dropped`, `unsupported`. */
export type Code =
  | "dropped"
  | "forbidden"
  | "invalid"
  | "malformed"
  | "not_found"
  | "too_deep"
  | "too_large"
  | "too_many_connections"
  | "too_many_requests"
  | "too_many_streams"
  | "unauthorized"
  | "unavailable"
  | "unsupported"
  | "unsupported_media";

export class WindsockError extends Error {
  readonly code: Code;
  readonly stream: string | undefined;

  constructor(code: Code, message: string, stream?: string) {
    super(stream === undefined ? message : `stream ${JSON.stringify(stream)}: ${message}`);
    this.name = "WindsockError";
    this.code = code;
    this.stream = stream;
  }
}

export type OnError = (error: WindsockError) => void;

const QUIET_MS = 60_000;

/** Tells a person: by `onError`, or by a warning on the console, one a minute of a kind. What the program's own function throws stays here. */
export class Reports {
  readonly #onError: OnError | undefined;
  readonly #told = new Map<string, number>();

  constructor(onError: OnError | undefined) {
    this.#onError = onError;
  }

  tell(error: WindsockError): void {
    if (this.#onError !== undefined) {
      try {
        this.#onError(error);
      } catch {
        // The program's own trouble must not become ours.
      }
      return;
    }
    const kind = `${error.code} ${error.stream ?? ""}`;
    const now = Date.now();
    if (now - (this.#told.get(kind) ?? Number.NEGATIVE_INFINITY) >= QUIET_MS) {
      this.#told.set(kind, now);
      console.warn(`windsock: ${error.message} (${error.code})`);
    }
  }
}
