/** Show any data stream live on a Windsock board, and read it back. */

export type { Delta as Samples, MessageType, Picture, Status } from "./contract.gen.ts";
export { type Code, type OnError, WindsockError } from "./errors.ts";
export { type Counters, Publisher, type PublisherOptions } from "./publisher.ts";
export { configure, flush, type Look, Stream, type StreamOptions } from "./stream.ts";
export { type Watch, type WatchOptions, watch } from "./watch.ts";
