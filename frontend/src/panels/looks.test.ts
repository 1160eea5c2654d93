// @vitest-environment happy-dom
/** What a panel says of its looks right after they have changed, before it is drawn again. */
import { beforeEach, describe, expect, it } from "vitest";
import { Stream } from "../lib/stream";
import { excerptUpTo } from "../testing/excerpt";
import { delta, spec } from "../testing/made";
import type { PanelSettings } from "../wire";
import { mount as mountHeatmap } from "./heatmap";
import { mount as mountLine } from "./line";
import type { PanelContext } from "./panel";

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement("div");
  document.body.replaceChildren(host);
  localStorage.clear();
});

function context(stream: Stream, settings: { now: PanelSettings } = { now: {} }): PanelContext {
  return {
    stream,
    spec: () => stream.spec,
    theme: () => ({ name: "dark", warn: "orange", alarm: "red" }) as never,
    settings: () => settings.now,
    set: (change) => {
      settings.now = { ...settings.now, ...change };
    },
    until: () => Number.POSITIVE_INFINITY,
    excerpt: () => excerptUpTo(stream),
    look() {},
    changed() {},
    painted() {},
    pointed() {},
    shown() {},
    tiles: () => undefined,
  };
}

describe("a line chart", () => {
  it("has its colours and its level at each moment, also between a change of its looks and the next draw", () => {
    const stream = new Stream(spec({ thresholds: [{ value: 2 }] }));
    stream.receive(delta(1, 3, { reset: true }), 0, 0);
    const panel = mountLine(host, context(stream));
    panel.draw();
    panel.restyle();
    expect(panel.readout?.().entries[0]?.colour).toMatch(/./);
    expect(panel.state?.()?.colour).toBe("red");
    panel.destroy();
  });
});

describe("a heatmap's colours", () => {
  const stream = new Stream(spec({ type: "heatmap" }));

  it("are a setting of its panel, and nothing of the browser's", () => {
    const settings: { now: PanelSettings } = { now: { colormap: "magma" } };
    const panel = mountHeatmap(host, context(stream, settings));
    const choice = host.querySelector("select") as HTMLSelectElement;
    expect(choice.value).toBe("magma");
    choice.value = "greys";
    choice.dispatchEvent(new Event("change"));
    expect(settings.now.colormap).toBe("greys");
    choice.value = "viridis";
    choice.dispatchEvent(new Event("change"));
    expect(settings.now.colormap, "the usual ones are no setting").toBeNull();
    expect(localStorage.length).toBe(0);
    // Another board was opened, or the panel's settings were forgotten.
    settings.now = { colormap: "greys" };
    panel.restyle();
    expect(choice.value).toBe("greys");
    settings.now = { colormap: "no such" };
    panel.restyle();
    expect(choice.value).toBe("viridis");
    panel.destroy();
  });
});
