/** What a panel under test is shown: all of a stream, or what it had up to an offset. */
import { type Excerpt, excerptOf } from "../lib/excerpt";
import type { Stream } from "../lib/stream";
import { neededSamples } from "../lib/types";

export function excerptUpTo(stream: Stream, until = Number.POSITIVE_INFINITY): Excerpt {
  const take = `${stream.epoch} ${stream.cleared}`;
  return excerptOf(stream, { take, until, follow: { samples: neededSamples(stream.spec) }, at: stream.lastTime });
}
