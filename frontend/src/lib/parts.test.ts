import { describe, expect, it, vi } from "vitest";
import { fetchPart, openPart, PartMissing } from "./parts";

const gone = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module: /assets/map-1234.js"));

describe("parts of the board", () => {
  it("are what was fetched", async () => {
    expect(await fetchPart(() => Promise.resolve(1))).toBe(1);
    expect(await openPart(() => Promise.resolve(2), vi.fn())).toBe(2);
  });

  it("that are no more are told in words for people", async () => {
    await expect(fetchPart(gone)).rejects.toThrow("reload the page");
  });

  it("that are no more do not open, and it is told", async () => {
    const missing = vi.fn();
    const opened = openPart(gone, missing);
    await vi.waitFor(() => expect(missing).toHaveBeenCalledWith(expect.any(PartMissing)));
    expect(await Promise.race([opened, Promise.resolve("still closed")])).toBe("still closed");
  });
});
