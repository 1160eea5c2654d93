/** The lines that a `text` sample holds, and their levels. */
import { isRecord } from "../lib/sanitise";

export interface LogLine {
  level: LogLevel | "";
  text: string;
}

export type LogLevel = "debug" | "info" | "warning" | "error";

const LEVELS = new Map<string, LogLevel>([
  ["trace", "debug"],
  ["debug", "debug"],
  ["verbose", "debug"],
  ["info", "info"],
  ["notice", "info"],
  ["success", "info"],
  ["warn", "warning"],
  ["warning", "warning"],
  ["err", "error"],
  ["error", "error"],
  ["critical", "error"],
  ["fatal", "error"],
  ["alert", "error"],
  ["emergency", "error"],
]);

/** The lines of one sample: a text, `{level, text}`, or a list of them. */
export function logLines(value: unknown): LogLine[] {
  if (Array.isArray(value)) return value.flatMap(logLines);
  if (isRecord(value)) {
    const level = typeof value.level === "string" ? (LEVELS.get(value.level.toLowerCase()) ?? "") : "";
    return [{ level, text: String(value.text ?? "") }];
  }
  return value === null || value === undefined ? [] : [{ level: "", text: String(value) }];
}
