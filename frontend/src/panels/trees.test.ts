/** Trees and tables: what is made of a publisher's values before anything is drawn. */
import { describe, expect, it } from "vitest";
import { squarify } from "./squarify";
import { cellText, cellValue, filtered, numericColumns, sorted, tableColumns, tableRows } from "./table-rows";
import { layoutTree, openLevels } from "./tidy";
import { MOST_NODES, nodeAt, readTree, type TreeNode, weighLeaves } from "./tree-nodes";

const TREE = {
  name: "/",
  children: [
    {
      name: "usr",
      value: 1,
      children: [
        { name: "lib", value: 3 },
        { name: "bin", value: 2 },
      ],
    },
    { name: "var", value: 9, children: [{ name: "log", value: 4 }] },
    { name: "neg", value: -5 },
  ],
};

function tree(value: unknown): TreeNode {
  const { root } = readTree(value);
  if (root === undefined) throw new Error("no tree");
  return root;
}

describe("a tree", () => {
  it("weighs what is in it, and never less", () => {
    const root = tree(TREE);
    expect(root.children.map((node) => node.weight)).toEqual([5, 9, 0]);
    expect(root.weight).toBe(14);
    expect(root.children[2]?.value).toBe(-5);
  });

  it("counts leaves where nothing has a number", () => {
    const root = tree({
      name: "a",
      children: [{ name: "b" }, { name: "c", children: [{ name: "d" }, { name: "e" }] }],
    });
    expect(root.weight).toBe(0);
    expect(weighLeaves(root)).toBe(3);
  });

  it("finds the same node in the next sample, or the nearest that is left", () => {
    const root = tree(TREE);
    const lib = root.children[0]?.children[0] as TreeNode;
    expect(nodeAt(tree(TREE), lib.path).map((node) => node.name)).toEqual(["/", "usr", "lib"]);
    expect(nodeAt(tree({ name: "/", children: [{ name: "usr" }] }), lib.path).map((node) => node.name)).toEqual([
      "/",
      "usr",
    ]);
  });

  it("tells brothers of one name apart", () => {
    const root = tree({ name: "a", children: [{ name: "b" }, { name: "b" }] });
    expect(new Set(root.children.map((node) => node.path)).size).toBe(2);
  });

  it("survives odd, deep and huge values", () => {
    for (const odd of [null, 7, "x", [], [TREE]]) expect(readTree(odd).root).toBeUndefined();
    expect(tree({ children: "no", name: 5, value: "9" })).toMatchObject({ name: "5", weight: 0, children: [] });
    let deep: unknown = { name: "end" };
    for (let i = 0; i < 1_000; i++) deep = { name: `${i}`, children: [deep] };
    expect(readTree(deep).left).toBe(1);
    const wide = readTree({ children: Array.from({ length: MOST_NODES + 10 }, () => ({ value: 1 })) });
    expect(wide.root?.children).toHaveLength(MOST_NODES - 1);
    expect(wide.left).toBe(11);
    const evil = tree(JSON.parse('{"name": "a", "__proto__": {"children": [{"name": "polluted"}]}}'));
    expect(evil.children).toEqual([]);
  });

  it("stands with parents between their children", () => {
    const { standings, rows, levels } = layoutTree(tree(TREE), () => true);
    expect([rows, levels]).toEqual([4, 3]);
    const rowOf = (name: string): number | undefined => standings.find((standing) => standing.node.name === name)?.row;
    expect(["lib", "bin", "usr", "log", "var", "neg", "/"].map(rowOf)).toEqual([0, 1, 0.5, 2, 2, 3, 1.75]);
  });

  it("shows a closed node as a leaf", () => {
    const { standings, rows } = layoutTree(tree(TREE), (_, level) => level < 1);
    expect(rows).toBe(3);
    expect(standings.filter((standing) => standing.closed).map((standing) => standing.node.name)).toEqual([
      "usr",
      "var",
    ]);
  });

  it("opens as many levels as can be read", () => {
    expect(openLevels(tree(TREE), 40)).toBe(2);
    expect(openLevels(tree(TREE), 3)).toBe(1);
    expect(openLevels(tree({ children: Array.from({ length: 100 }, () => ({})) }), 40)).toBe(1);
  });
});

describe("squarify", () => {
  const within = { x: 10, y: 20, width: 400, height: 300 };

  it("fills the room with areas as asked for", () => {
    const weights = [500, 300, 100, 50, 30, 20];
    const boxes = squarify(weights, within);
    for (const [i, box] of boxes.entries()) {
      expect(box.width * box.height).toBeCloseTo(((weights[i] as number) / 1000) * 400 * 300, 3);
      expect(box.x).toBeGreaterThanOrEqual(10 - 1e-6);
      expect(box.y + box.height).toBeLessThanOrEqual(320 + 1e-6);
      expect(Math.max(box.width / box.height, box.height / box.width), `box ${i} is no sliver`).toBeLessThan(4);
    }
  });

  it("gives nothing to nothing", () => {
    expect(squarify([], within)).toEqual([]);
    expect(squarify([0, 0], within).every((box) => box.width * box.height === 0)).toBe(true);
    expect(squarify([1, 0], within)[0]).toEqual(within);
  });
});

describe("a table", () => {
  const ROWS = [
    { host: "node10", cpu: 5, up: true },
    { host: "node9", cpu: 80.25, note: "<b>x</b>" },
    { host: "Node1", cpu: null },
  ];

  it("takes rows from samples, and columns as they come", () => {
    expect(tableRows([ROWS, "odd", [null, 5, [1]], { host: "alone" }])).toHaveLength(4);
    expect(tableColumns(ROWS)).toEqual(["host", "cpu", "up", "note"]);
    expect([...numericColumns(ROWS, tableColumns(ROWS))]).toEqual([["cpu", 2]]);
  });

  it("sorts numbers by size and texts as people do, what is missing last", () => {
    const hosts = (column: string, falling: boolean): unknown[] =>
      sorted(ROWS, { column, falling }).map((row) => row.host);
    expect(hosts("host", false)).toEqual(["Node1", "node9", "node10"]);
    expect(hosts("cpu", false)).toEqual(["node10", "node9", "Node1"]);
    expect(hosts("cpu", true)).toEqual(["node9", "node10", "Node1"]);
  });

  it("filters by words anywhere in the row", () => {
    expect(filtered(ROWS, "NODE 80").map((row) => row.host)).toEqual(["node9"]);
    expect(filtered(ROWS, "  ")).toBe(ROWS);
  });

  it("tells numbers of a column apart, large and small ones", () => {
    const rows = [
      { ts: 1738324800, loss: 0.00042, tiny: 1e-7, mixed: 12 },
      { ts: 1738328400, loss: 0.0038, tiny: 0, mixed: 0.5 },
    ];
    const numeric = numericColumns(rows, ["ts", "loss", "tiny", "mixed"]);
    const texts = rows.map((row) => Object.entries(row).map(([column, value]) => cellText(value, numeric.get(column))));
    expect(texts).toEqual([
      ["1,738,324,800", "0.00042", "0.0000001", "12.0"],
      ["1,738,328,400", "0.00380", "0.0000000", "0.5"],
    ]);
  });

  it("has a text for everything", () => {
    expect([null, undefined, true, false, 12345.678, "a", { b: 1 }, [1]].map((value) => cellText(value))).toEqual([
      "",
      "",
      "✓",
      "✗",
      "12,346",
      "a",
      '{"b":1}',
      "[1]",
    ]);
    expect(cellText("x".repeat(1_000_000))).toHaveLength(200);
  });

  it("finds nothing in the language's own names", () => {
    expect(cellValue({}, "constructor")).toBeUndefined();
    const evil = tableRows([JSON.parse('[{"__proto__": {"polluted": 1}, "a": 1}]')]);
    expect(tableColumns(evil)).toContain("a");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
