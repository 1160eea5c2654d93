/**
 * A stream's account in this browser, since the page was loaded: each offset that went by is in exactly one of `received`, `coalesced`,
 * `unwatched` and `lost`, so that they add up to how far the stream has come.
 */

/** A stretch of samples that did not come and won't. */
export interface Loss {
  /** Time of the first sample after it. */
  time: number;
  samples: number;
}

/** Losses that are remembered one by one; the count goes on. */
const MOST_LOSSES = 50;

export class Ledger {
  /** Samples that arrived here, each counted once. */
  received = 0;
  /** Those of them that came as history: on arrival, and to catch up. */
  fromHistory = 0;
  /** Samples that were sent again after a reconnection or after the panel was hidden, and left out. */
  doubles = 0;
  /** Pictures that the relay left out because a newer one came before this browser had drawn the last. */
  coalesced = 0;
  /** Samples that went by while the panel was hidden: nobody asked for them. */
  unwatched = 0;
  /** Samples that arrived and were never drawn: newer ones had taken their place by then. Part of `received`. */
  dropped = 0;
  /** How many had been received at the last draw. */
  seen = 0;
  /** Samples that can't be recovered. */
  lost = 0;
  /** Times that the stream's counter began again. */
  restarts = 0;
  readonly losses: Loss[] = [];

  lose(samples: number, time: number): void {
    if (samples <= 0) return;
    this.lost += samples;
    this.losses.push({ time, samples });
    if (this.losses.length > MOST_LOSSES) this.losses.shift();
  }
}
