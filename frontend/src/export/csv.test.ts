import { describe, expect, it } from "vitest";
import { excerptOf } from "../lib/excerpt";
import { Stream } from "../lib/stream";
import { delta, spec } from "../testing/made";
import type { Row } from "../wire";
import { csvOf } from "./csv";
import { fileName } from "./download";

function csv(fields: Parameters<typeof spec>[0], rows: Row[], until = Number.POSITIVE_INFINITY): string {
  const made = new Stream(spec(fields));
  made.receive({ ...delta(1, rows.length), rows, reset: true }, 0, 0);
  return csvOf(made.spec, excerptOf(made, { take: "", until, follow: { samples: 100 }, at: 0 }));
}

describe("a panel as CSV", () => {
  it("has a column for the time and one for each series, with gaps as empty cells", () => {
    const text = csv({ legend: ["user", "sys"], unit: "%" }, [
      [0, 1, 2.5],
      [1_000, null, 3],
    ]);
    expect(text).toBe("time,user (%),sys (%)\r\n1970-01-01T00:00:00.000Z,1,2.5\r\n1970-01-01T00:00:01.000Z,,3\r\n");
  });

  it("ends where the panel does", () => {
    const rows: Row[] = [
      [0, 1],
      [1, 2],
    ];
    expect(csv({ name: "Load" }, rows, 1).split("\r\n")).toHaveLength(3);
    expect(csv({ name: "Load" }, rows)).toContain("time,Load\r\n");
  });

  it("writes other values as text or JSON, in quotes where they need them", () => {
    const text = csv({ type: "text" }, [
      [0, 'say "hi", twice'],
      [1, { level: "warn", text: "x" }],
    ]);
    expect(text).toContain('"say ""hi"", twice"');
    expect(text).toContain('"{""level"":""warn"",""text"":""x""}"');
  });

  it("writes a table as the table that it is", () => {
    const text = csv({ type: "table" }, [
      [
        0,
        [
          { host: "a", load: 1 },
          { host: "b", up: true },
        ],
      ],
    ]);
    expect(text).toBe("host,load,up\r\na,1,\r\nb,,true\r\n");
  });

  it("writes all rows of a table that came row by row", () => {
    const rows: Row[] = [1, 2, 3, 4].map((n) => [n, { host: `h${n}` }]);
    expect(csv({ type: "table", active_points: 3 }, rows)).toBe("host\r\nh2\r\nh3\r\nh4\r\n");
  });

  it("writes the table that a paused board shows, whatever came since", () => {
    const stream = new Stream(spec({ type: "table" }));
    const receive = (offset: number, host: string): unknown =>
      stream.receive({ ...delta(offset, offset), rows: [[0, [{ host }]]], reset: offset === 1 }, 0, 0);
    receive(1, "shown");
    stream.hold(1 << 20);
    receive(2, "later");
    receive(3, "last");
    const paused = excerptOf(stream, { take: "", until: 1, follow: { samples: 1 }, at: 0 });
    expect(csvOf(stream.spec, paused)).toBe("host\r\nshown\r\n");
  });

  it("hands no formula to a spreadsheet, and leaves numbers alone", () => {
    const text = csv({ type: "table" }, [[0, [{ a: "=HYPERLINK(1)", b: "-3.5", c: "@x", d: -2 }]]]);
    expect(text.split("\r\n")[1]).toBe("'=HYPERLINK(1),-3.5,'@x,-2");
  });
});

describe("a file's name", () => {
  it("is one that every file system takes", () => {
    const at = new Date("2025-03-04T05:06:07Z");
    expect(fileName("../../etc: <CPU>/%", "png", at)).toBe("etc-CPU-2025-03-04-050607.png");
    expect(fileName("Störung 1", "csv", at)).toBe("Störung-1-2025-03-04-050607.csv");
    expect(fileName("///", "csv", at)).toBe("windsock-2025-03-04-050607.csv");
  });
});
