import { describe, expect, it } from "vitest";
import { Stream } from "../lib/stream";
import { excerptUpTo } from "../testing/excerpt";
import { spec } from "../testing/made";
import type { Row, Spec } from "../wire";
import { dataRows } from "./data-rows";
import { summaryOf } from "./summary";
import { tabbed } from "./table-rows";

function streamOf(fields: Partial<Spec>, ...values: unknown[][]): Stream {
  const stream = new Stream(spec(fields));
  const rows = values.map((row, i): Row => [i * 1_000, ...row]);
  stream.receive({ id: "cpu", epoch: "e1", offset: rows.length, count: rows.length, lost: 0, reset: true, rows }, 0, 0);
  return stream;
}

/** Cells by rows, without their times. */
function cells(stream: Stream): unknown[][] {
  const { columns, rows } = dataRows(excerptUpTo(stream), stream.spec);
  return [columns, ...rows.map((row) => columns.map((column) => (column === "time" ? "t" : row[column])))];
}

/** With plain spaces before units. */
const told = (stream: Stream): string => summaryOf(stream, stream.spec, excerptUpTo(stream)).replaceAll("\u00a0", " ");

describe("the rows behind a drawing", () => {
  it("are a chart's samples, newest first, gaps empty", () => {
    expect(cells(streamOf({ legend: ["a", "b"] }, [1, 2], [3, null]))).toEqual([
      ["time", "a", "b"],
      ["t", 3, null],
      ["t", 1, 2],
    ]);
  });

  it("say where samples were lost", () => {
    const stream = streamOf({ legend: ["a"] }, [1]);
    stream.receive({ id: "cpu", epoch: "e1", offset: 6, count: 1, lost: 4, reset: false, rows: [[6_000, 6]] }, 0, 0);
    const { rows } = dataRows(excerptUpTo(stream), stream.spec);
    expect(rows.map((row) => row.time)).toContain("4 lost");
  });

  it("take any name as a column, also twice", () => {
    expect(cells(streamOf({ legend: ["__proto__", "time", "x", "x"] }, [1, 2, 3, 4]))).toEqual([
      ["time", "__proto__", "time (2)", "x", "x (2)"],
      ["t", 1, 2, 3, 4],
    ]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it.each<[string, Partial<Spec>, unknown, unknown[][]]>([
    [
      "parts",
      { type: "pie", legend: ["a", "b"] },
      [3, 4],
      [
        ["part", "value"],
        ["a", 3],
        ["b", 4],
      ],
    ],
    [
      "points",
      { type: "scatter" },
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        ["time", "x", "y"],
        ["t", 3, 4],
        ["t", 1, 2],
      ],
    ],
    [
      "points in space",
      { type: "scatter3d" },
      [[1, 2, 3]],
      [
        ["time", "x", "y", "z"],
        ["t", 1, 2, 3],
      ],
    ],
    [
      "a matrix",
      { type: "heatmap", legend: ["r", "s"] },
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        ["row", "0", "1"],
        ["r", 1, 2],
        ["s", 3, 4],
      ],
    ],
    [
      "cells",
      { type: "heatmap", width: 2, height: 1 },
      [[0, 1]],
      [
        ["row", "0", "1"],
        ["0", 0, 1],
      ],
    ],
    [
      "heights",
      { type: "surface" },
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [
        ["row", "0", "1"],
        ["0", 1, 2],
        ["1", 3, 4],
      ],
    ],
    [
      "lines",
      { type: "text" },
      [["a", { level: "error", text: "b" }]],
      [
        ["time", "level", "text"],
        ["t", "error", "b"],
        ["t", "", "a"],
      ],
    ],
    [
      "markers",
      { type: "map" },
      [{ data: [{ lat: 1, lng: 2, name: "x" }] }],
      [
        ["name", "lat", "lng"],
        ["x", 1, 2],
      ],
    ],
    [
      "nodes",
      { type: "tree" },
      [{ name: "r", children: [{ name: "c", value: 2 }] }],
      [
        ["path", "value", "sum"],
        ["r", null, 2],
        ["r › c", 2, 2],
      ],
    ],
    [
      "data sets",
      { type: "custom" },
      [{ type: "bar", data: { labels: ["p"], datasets: [{ label: "s", data: [7] }] } }],
      [
        ["label", "s"],
        ["p", 7],
      ],
    ],
    ["rows", { type: "table" }, [[{ a: 1 }]], [["a"], [1]]],
  ])("are a stream's %s", (_, fields, value, expected) => {
    expect(cells(streamOf(fields, value as unknown[]))).toEqual(expected);
  });

  it("are none of what was cleared", () => {
    const stream = streamOf({ type: "map" }, [{ data: [{ lat: 1, lng: 2 }] }]);
    stream.clear();
    expect(cells(stream)).toHaveLength(1);
  });
});

describe("a summary", () => {
  it("tells a chart's values as its legend does", () => {
    const text = told(streamOf({ legend: ["load", "idle"], unit: "%" }, [10, 90], [20, 80]));
    expect(text).toContain("Line chart: load 20 %, between 10 % and 20 %, on average 15 %.");
    expect(text).toContain("2 samples over 1 s");
  });

  it("tells what other types hold", () => {
    expect(
      told(
        streamOf({ type: "heatmap" }, [
          [
            [1, 2],
            [3, 4],
          ],
        ]),
      ),
    ).toContain("2 rows and 2 columns, values from 1 to 4");
    expect(told(streamOf({ type: "map" }, [{ data: [{ lat: 1, lng: 2, name: "Oslo" }] }]))).toContain("Oslo 1, 2.");
    expect(told(streamOf({ type: "text" }, ["ready"]))).toContain("The newest: ready");
  });

  it("says that nothing came yet", () => {
    expect(told(new Stream(spec({ type: "gauge" })))).toBe("Gauge, waiting for the first sample.");
  });
});

describe("copied rows", () => {
  it("have tabs between cells, and none inside", () => {
    expect(tabbed([{ a: "x\ty\nz", b: 0.30000000000000004 }], ["a", "b"])).toBe("a\tb\nx y z\t0.30000000000000004");
  });

  it("hold no formula that a spreadsheet would run", () => {
    expect(tabbed([{ a: "=HYPERLINK(1)", b: "@x", c: "-5", d: -5 }], ["a", "b", "c", "d"])).toBe(
      "a\tb\tc\td\n'=HYPERLINK(1)\t'@x\t-5\t-5",
    );
  });
});
