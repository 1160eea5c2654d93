import { describe, expect, it } from "vitest";
import { spec } from "../testing/made";
import { codeOf, messageOf, type Place, python, shellQuoted } from "./samplecode";

const HERE: Place = { host: "localhost", tcp: 8010, http: 8030, key: false };

function code(language: string, place: Place = HERE, fields = {}, value: unknown = [41, 18]): string {
  return codeOf(spec(fields), value, place).find((snippet) => snippet.language === language)?.code ?? "";
}

describe("the code that makes a panel", () => {
  it("sends the panel's look and newest value, and nothing of ours", () => {
    expect(messageOf(spec({ legend: ["user", "sys"], unit: "%" }), [41, 18])).toEqual({
      id: "cpu",
      value: [41, 18],
      type: "line",
      legend: ["user", "sys"],
      unit: "%",
    });
  });

  it("keeps a quote in a name from ending the shell's text", () => {
    expect(shellQuoted("it's; rm")).toBe(`'it'\\''s; rm'`);
    expect(code("curl", HERE, { name: "it's" })).toContain(`it'\\''s`);
  });

  it("is two lines of Python after the import", () => {
    expect(code("Python", HERE, { legend: ["user", "sys"] })).toBe(
      'from windsock.client import Stream\n\nstream = Stream("cpu", legend=["user", "sys"])\nstream.send(41, 18)',
    );
  });

  it("names another host and asks for the key where there is one", () => {
    const place = { host: "[::1]", tcp: 9010, http: 9030, key: true };
    expect(code("Python", place)).toContain('server="http://[::1]:9030", key=os.environ["WINDSOCK_KEY"]');
    expect(code("bash", place)).toContain("/dev/tcp/::1/9010");
    expect(code("bash", place)).toContain('"hello"');
    expect(code("curl", place)).toContain("Authorization: Bearer $WINDSOCK_KEY");
    expect(code("JavaScript", place)).toContain('"Bearer " + key');
  });

  it("writes JSON as Python does", () => {
    expect(python({ a: [true, false, null], b: "it's", c: 1.5 })).toBe(
      `{"a": [True, False, None], "b": "it's", "c": 1.5}`,
    );
  });

  it("cuts what nobody would read", () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => ({ name: `row ${i}` }));
    expect(code("curl", HERE, { type: "table" }, rows).length).toBeLessThan(2_000);
    expect(code("curl", HERE, { type: "image" }, `data:image/png;base64,${"A".repeat(1e6)}`)).toContain(
      "data:image/gif;base64,R0",
    );
    expect(code("curl", HERE, { type: "text" }, "x".repeat(1e5)).length).toBeLessThan(1_000);
    const tree = { name: "root", children: Array.from({ length: 500 }, (_, i) => ({ name: `leaf ${i}` })) };
    expect(code("curl", HERE, { type: "tree" }, tree).length).toBeLessThan(1_000);
  });
});
