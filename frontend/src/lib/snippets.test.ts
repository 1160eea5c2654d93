import { describe, expect, it } from "vitest";
import { snippets } from "./snippets";

describe("snippets", () => {
  it("are two lines each, with this board's own address", () => {
    for (const { language, code } of snippets("board.example", { tcp: 9010, http: 9030 })) {
      expect(code.split("\n"), language).toHaveLength(2);
      expect(code, language).toContain("board.example");
      expect(code, language).toMatch(/9010|9030/);
    }
  });

  it("write an IPv6 address as each language wants it", () => {
    const [python, bash, javascript] = snippets("[::1]", { tcp: 1, http: 2 });
    expect(python?.code).toContain('("::1", 1)');
    expect(bash?.code).toContain("/dev/tcp/::1/1");
    expect(javascript?.code).toContain("http://[::1]:2/");
  });
});
