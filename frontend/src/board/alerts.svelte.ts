/** What is wrong, as the web service says it, and how this browser tells a person: a count, a list, if wanted a notification and a sound. */
import { clip } from "../lib/format";
import type { Alert, AlertEvent, Alerts } from "../wire";
import { chime } from "./chime";
import { recall, remember } from "./prefs";
import { LONGEST_NAME } from "./toasts.svelte";

/** Several at once become one notification: a network that goes down takes forty streams along. */
const NAMED = 3;

export interface AlertTalk {
  /** A stream's title. */
  nameOf(id: string): string;
  /** Tells a person who is at the board. */
  toast(text: string): void;
}

export class AlertList {
  active = $state.raw<Alert[]>([]);
  recent = $state.raw<AlertEvent[]>([]);
  unlisted = $state(0);
  /** Whether the browser shows notifications while the board is in the background. */
  notify = $state(recall("alerts.notify") === "on");
  sound = $state(recall("alerts.sound") === "on");
  /** Active alerts by stream, the worst first. */
  readonly byStream = $derived.by(() => {
    const found = new Map<string, Alert[]>();
    for (const alert of this.active) {
      const list = found.get(alert.id) ?? [];
      if (alert.severity === "alarm") list.unshift(alert);
      else list.push(alert);
      found.set(alert.id, list);
    }
    return found;
  });
  readonly #talk: AlertTalk;
  /** Number of the newest event that was told; undefined until the first word, which is what stood before the board was opened. */
  #told: number | undefined;

  constructor(talk: AlertTalk) {
    this.#talk = talk;
  }

  take(alerts: Alerts): void {
    this.active = alerts.active;
    this.recent = alerts.recent;
    this.unlisted = alerts.unlisted;
    const told = this.#told;
    // Numbers that begin anew are another broker's: what it says first is no news either.
    this.#told = alerts.serial;
    if (told === undefined || alerts.serial < told) return;
    this.#tell(alerts.recent.filter((event) => event.number > told && event.event !== "cleared"));
  }

  async setNotify(on: boolean): Promise<void> {
    if (on && "Notification" in window && Notification.permission !== "granted") {
      on = (await Notification.requestPermission()) === "granted";
      if (!on) this.#talk.toast("This browser does not allow notifications from the board");
    }
    this.notify = on;
    remember("alerts.notify", on ? "on" : null);
  }

  setSound(on: boolean): void {
    this.sound = on;
    remember("alerts.sound", on ? "on" : null);
    if (on) chime("warning");
  }

  #tell(events: AlertEvent[]): void {
    const [newest] = events;
    if (newest === undefined) return;
    const sentences = events
      .slice(0, NAMED)
      .map(({ alert }) => `${clip(this.#talk.nameOf(alert.id), LONGEST_NAME)} ${alert.text}`);
    if (events.length > NAMED) sentences.push(`and ${events.length - NAMED} more`);
    if (this.sound) chime(events.some(({ alert }) => alert.severity === "alarm") ? "alarm" : "warning");
    if (this.notify && document.visibilityState !== "visible" && "Notification" in window) {
      try {
        new Notification("Windsock", { body: sentences.join("\n"), tag: `windsock-${newest.alert.id}` });
      } catch {
        // Phones allow them from service workers only; the list tells all the same.
      }
    } else this.#talk.toast(sentences.join(" · "));
  }
}
