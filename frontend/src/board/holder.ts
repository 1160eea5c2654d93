/**
 * Holds one panel between the board and the panel's own file: loads the file, gives it its size, draws it when the scheduler says so,
 * reads its face (legend, rate, age) a few times a second, and keeps a failing panel from taking the board with it.
 */

import type { Excerpt } from "../lib/excerpt";
import { formatAge, formatRate, formatValue } from "../lib/format";
import { titleOf } from "../lib/labels";
import type { Moment } from "../lib/moment";
import { fetchPart } from "../lib/parts";
import type { Drawable } from "../lib/scheduler";
import { windowStats } from "../lib/stats";
import type { Stream } from "../lib/stream";
import type { Theme } from "../lib/theme";
import type { Newest, Note } from "../lib/timeline";
import { shownSamples } from "../lib/types";
import type { LegendEntry, Panel, Readout } from "../panels/panel";
import { dataView, familyOf } from "../panels/registry";
import type { PanelSettings, Spec, Tiles } from "../wire";
import { BLANK_FACE, type Face, type SeriesStats } from "./face";

/** A description for people who can't see the panel is made this often: read aloud, even this is much. */
const DESCRIBE_MS = 10_000;

/** Types whose one newest sample is all that is drawn; of the others, as many as they show. */
const ONE_AT_A_TIME: ReadonlySet<string> = new Set(["image", "video_stream", "tree", "treemap", "surface", "custom"]);

/** What people set about panels. */
export interface Settings {
  panel(id: string): Readonly<PanelSettings>;
  set(id: string, change: PanelSettings): void;
  listen(listener: (id: string | undefined) => void): () => void;
}

/** What a holder needs from the board. */
export interface HolderContext {
  readonly settings: Settings;
  theme(): Theme;
  /** Whether news would arrive if there were any. */
  live(): boolean;
  /** The steady clock that ages are counted by. */
  now(): number;
  /** Offset up to which this stream is drawn; infinite when live. */
  until(stream: Stream): number;
  excerpt(stream: Stream): Excerpt;
  /** Why a stream shows nothing, or not yet what it should. */
  note(stream: Stream): Note;
  /** Set where only the newest samples of its window are shown. */
  newestOf(stream: Stream): Newest | undefined;
  look(moment: Moment | undefined): void;
  mark(holder: PanelHolder): void;
  /** What it drew is on the screen, later than it was drawn. */
  painted(holder: PanelHolder): void;
  tiles(): Tiles | undefined;
  shown(stream: Stream, offset: number): void;
}

export class PanelHolder implements Drawable {
  readonly stream: Stream;
  readonly #context: HolderContext;
  readonly #host: HTMLElement;
  readonly #root: HTMLElement;
  readonly #onFace: (face: Face) => void;
  #spec: Spec;
  #look: string;
  #panel: Panel | undefined;
  #family: unknown;
  #face = BLANK_FACE;
  #faceKey = "";
  #failure = "";
  #hiddenKey = "";
  #width = 0;
  #height = 0;
  #destroyed = false;
  #reading: number | undefined;
  readonly #deafen: () => void;
  #summary = "";
  #describedAt = Number.NEGATIVE_INFINITY;
  /** Offset and epoch of the newest sample at the last draw. */
  #drawn = { epoch: "", offset: 0 };
  /** The account as of what is being painted. */
  #underway: Account | undefined;
  /** Set while the panel wants its legend read at once and not at the next beat. */
  #urgent = false;

  constructor(
    stream: Stream,
    elements: { root: HTMLElement; host: HTMLElement },
    context: HolderContext,
    onFace: (face: Face) => void,
  ) {
    this.stream = stream;
    this.#spec = stream.spec;
    this.#look = lookOf(stream.spec);
    this.#root = elements.root;
    this.#host = elements.host;
    this.#context = context;
    this.#onFace = onFace;
    let before = context.settings.panel(stream.id);
    this.#deafen = context.settings.listen((id) => {
      const now = context.settings.panel(stream.id);
      if ((id !== undefined && id !== stream.id) || now === before) return;
      const another = (now.table ?? false) !== (before.table ?? false);
      before = now;
      if (another) void this.#load();
      else this.restyle();
      this.beat(context.now());
    });
    void this.#load();
  }

  setSpec(spec: Spec): void {
    const look = lookOf(spec);
    this.#spec = spec;
    if (look === this.#look) return;
    this.#look = look;
    if (!this.#settings.table && familyOf(spec.type) !== this.#family) void this.#load();
    else this.restyle();
  }

  /** Colours or the spec changed. */
  restyle(): void {
    this.#guard(() => this.#panel?.restyle());
    this.#context.mark(this);
  }

  resize(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    this.#width = width;
    this.#height = height;
    this.#guard(() => this.#panel?.resize(width, height));
    this.#context.mark(this);
  }

  draw(): void {
    if (this.#panel === undefined) return;
    this.#guard(() => this.#panel?.draw());
    this.#account();
    if (this.painting) this.#underway = accountOf(this.stream);
    else this.#tell(accountOf(this.stream));
    if (this.#urgent || this.#face.empty || this.#face.note !== this.#context.note(this.stream)) {
      this.#urgent = false;
      this.beat(this.#context.now());
    }
  }

  /** Whether what was drawn is not on the screen yet. */
  get painting(): boolean {
    return this.#panel?.painting ?? false;
  }

  toggle(index: number): void {
    this.#guard(() => this.#panel?.toggle?.(index));
    this.#rememberHidden();
    this.#context.mark(this);
    this.beat(this.#context.now());
  }

  /** Shows one series alone; all of them if it is alone already. */
  solo(index: number): void {
    const entries = this.#panel?.readout?.().entries ?? [];
    const alone = entries.every((entry) => entry.hidden === (entry.index !== index));
    for (const entry of entries) {
      const hide = !alone && entry.index !== index;
      if (entry.hidden !== hide) this.#guard(() => this.#panel?.toggle?.(entry.index));
    }
    this.#rememberHidden();
    this.#context.mark(this);
    this.beat(this.#context.now());
  }

  /** Called a few times a second: what does not change with every frame. */
  beat(now: number): void {
    const { stream } = this;
    this.#hideSeries();
    const readout = this.#panel?.readout?.();
    this.#describe(now);
    const pulse = this.#panel?.pulse?.();
    const face: Face = {
      readout,
      stats: this.#settings.stats && readout ? this.#stats(readout) : undefined,
      summary: this.#summary,
      rate: pulse?.rate ?? formatRate(stream.cadence.rate(now)),
      age: pulse?.age ?? formatAge(stream.age(now)),
      // While the line is down every stream is silent, and the header says why. The next picture comes when this one was drawn.
      late: pulse === undefined && this.#context.live() && stream.unshown === undefined && stream.cadence.late(now),
      empty: stream.epoch === "",
      state: this.#panel?.state?.(),
      note: this.#context.note(stream),
      newest: this.#context.newestOf(stream),
      failure: this.#failure,
    };
    const key = JSON.stringify(face);
    if (key === this.#faceKey) return;
    this.#faceKey = key;
    this.#face = face;
    this.#onFace(face);
  }

  /** The account on the element itself, for tests. A panel in sight tells it when it has drawn, so that it never runs ahead of the pixels. */
  tell(onScreen: boolean): void {
    if (!onScreen) this.#tell(accountOf(this.stream));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#deafen();
    this.#panel?.destroy();
    this.#panel = undefined;
  }

  get #settings(): Readonly<PanelSettings> {
    return this.#context.settings.panel(this.stream.id);
  }

  /** The spec as somebody wants it. */
  #seen(): Spec {
    const { log } = this.#settings;
    return log === undefined || log === null ? this.#spec : { ...this.#spec, log };
  }

  /** Which series somebody does not want to see is a setting of the panel: by name, since their order is the publisher's. */
  #rememberHidden(): void {
    const entries = this.#panel?.readout?.().entries ?? [];
    const names = entries.filter((entry) => entry.hidden).map(seriesName);
    const kept = this.#settings.hidden_series ?? [];
    if (names.join("\n") === kept.join("\n")) return;
    this.#context.settings.set(this.stream.id, { hidden_series: names.length > 0 ? names : null });
  }

  /** Hides what is set to be hidden, each time when the setting or the series are others. */
  #hideSeries(): void {
    const { hidden_series } = this.#settings;
    const entries = this.#panel?.toggle ? (this.#panel.readout?.().entries ?? []) : [];
    if (entries.length === 0) return;
    const key = JSON.stringify([hidden_series ?? [], entries.map(seriesName)]);
    if (key === this.#hiddenKey) return;
    const untouched = this.#hiddenKey === "" && !hidden_series;
    this.#hiddenKey = key;
    if (untouched) return;
    for (const entry of entries) {
      const hide = hidden_series?.includes(seriesName(entry)) ?? false;
      if (hide !== entry.hidden) this.#guard(() => this.#panel?.toggle?.(entry.index));
    }
    this.#context.mark(this);
  }

  /** Samples that came and went between two draws were never seen. */
  #account(): void {
    const { stream } = this;
    const until = this.#context.until(stream);
    const { epoch, offset } = this.#drawn;
    const now = Math.min(stream.offset, until);
    if (Number.isFinite(until) && now <= offset) return;
    if (stream.epoch === epoch && epoch !== "" && now > offset) {
      const room = ONE_AT_A_TIME.has(this.#spec.type) ? 1 : shownSamples(this.#spec);
      // What was lost or left out on the way did not come to be dropped.
      const came = stream.ledger.received - stream.ledger.seen;
      stream.ledger.dropped += Math.max(0, Math.min(now - offset, came) - room);
    }
    stream.ledger.seen = stream.ledger.received;
    this.#drawn = { epoch: stream.epoch, offset: now };
  }

  #stats(readout: Readout): SeriesStats[] {
    const spec = this.#spec;
    const { columns } = this.#panel?.inSight?.() ?? this.#context.excerpt(this.stream).series();
    return readout.entries.map(({ index }) => {
      const { min, mean, max } = windowStats(columns[index] ?? []);
      return { min: formatValue(min, spec), mean: formatValue(mean, spec), max: formatValue(max, spec) };
    });
  }

  /** Now and then, and never in the first load: the words come in a file of their own. */
  #describe(now: number): void {
    if (now - this.#describedAt < DESCRIBE_MS || this.stream.epoch === "") return;
    this.#describedAt = now;
    import("../panels/summary").then(
      ({ kindOf, summaryOf }) => {
        if (this.#destroyed) return;
        this.#summary = summaryOf(this.stream, this.#spec, this.#context.excerpt(this.stream));
        const name = `${kindOf(this.#spec.type)}: ${titleOf(this.#spec)}`;
        for (const canvas of this.#host.querySelectorAll("canvas:not([role])")) {
          canvas.setAttribute("role", "img");
          canvas.setAttribute("aria-label", name);
        }
      },
      // The server is away for the moment: it is tried again with the next description.
      () => undefined,
    );
  }

  #painted(): void {
    if (this.#destroyed) return;
    if (this.#underway) this.#tell(this.#underway);
    this.#underway = undefined;
    this.#context.painted(this);
  }

  #tell({ samples, offset, epoch }: Account): void {
    const { dataset } = this.#root;
    if (dataset.samples !== String(samples)) dataset.samples = String(samples);
    if (dataset.offset !== String(offset)) dataset.offset = String(offset);
    if (dataset.epoch !== epoch) dataset.epoch = epoch;
  }

  /** A pointer moves more often than a frame is drawn. */
  #readSoon(): void {
    this.#reading ??= requestAnimationFrame(() => {
      this.#reading = undefined;
      if (!this.#destroyed) this.beat(this.#context.now());
    });
  }

  async #load(): Promise<void> {
    const family = this.#settings.table ? dataView : familyOf(this.#spec.type);
    this.#family = family;
    this.#panel?.destroy();
    this.#panel = undefined;
    this.#hiddenKey = "";
    try {
      const { mount } = await fetchPart(family);
      // Meanwhile the panel may have gone, or have become of another type.
      if (this.#destroyed || this.#family !== family) return;
      this.#host.replaceChildren();
      this.#failure = "";
      this.#panel = mount(this.#host, {
        stream: this.stream,
        spec: () => this.#seen(),
        theme: () => this.#context.theme(),
        settings: () => this.#context.settings.panel(this.stream.id),
        set: (change) => this.#context.settings.set(this.stream.id, change),
        until: () => this.#context.until(this.stream),
        excerpt: () => this.#context.excerpt(this.stream),
        // A publisher whose clock is ahead draws its own time; the board's is the relay's.
        look: (moment) => this.#context.look(moment && { ...moment, at: moment.at - this.stream.aheadBy }),
        painted: () => this.#painted(),
        pointed: () => this.#readSoon(),
        changed: () => {
          this.#urgent = true;
          this.#context.mark(this);
        },
        tiles: () => this.#context.tiles(),
        shown: (offset) => this.#context.shown(this.stream, offset),
      });
      // Its canvases have no names yet.
      this.#describedAt = Number.NEGATIVE_INFINITY;
      this.#panel.resize(this.#width, this.#height);
      this.#context.mark(this);
    } catch (error) {
      this.#fail(error);
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    console.error(`panel of stream ${JSON.stringify(this.stream.id.slice(0, 128))} failed`, error);
    this.#panel?.destroy();
    this.#panel = undefined;
    this.#failure = error instanceof Error ? error.message : String(error);
    this.beat(this.#context.now());
  }
}

/** What the element says of the samples that it shows. */
type Account = Pick<Stream, "samples" | "offset" | "epoch">;

function accountOf({ samples, offset, epoch }: Stream): Account {
  return { samples, offset, epoch };
}

function seriesName({ name }: LegendEntry): string {
  return name.slice(0, 256);
}

/** A spec without its counters: what a panel looks like. */
function lookOf(spec: Spec): string {
  return JSON.stringify({ ...spec, version: 0, epoch: "" });
}
