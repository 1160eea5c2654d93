/** What the camera form sends, and what it makes of the answers. */
import { describe, expect, it, vi } from "vitest";
import { addCamera, idFrom } from "./camera";

const FORM = {
  url: " rtsp://joe:pw@cam/live ",
  name: "Front door",
  id: "front/door",
  passthrough: true,
  certificate: "",
};

function answering(status: number, body?: object): typeof fetch {
  const text = body === undefined ? null : JSON.stringify(body);
  return vi.fn(async () => new Response(text, { status })) as unknown as typeof fetch;
}

describe("a camera's id", () => {
  it("is made of its name", () => {
    expect(idFrom("Front door")).toBe("front-door");
    expect(idFrom("  Tür № 2 ")).toBe("tur-no-2");
    expect(idFrom("玄関")).toBe("玄関");
    expect(idFrom("!!")).toBe("camera");
  });
});

describe("adding a camera", () => {
  it("sends what was filled in, and the key only if there is one", async () => {
    const ask = answering(204);
    expect(await addCamera(FORM, "", ask)).toBe("added");
    const [address, request] = vi.mocked(ask).mock.calls[0] ?? [];
    expect(address).toBe("/v1/feeds/front%2Fdoor");
    expect(JSON.parse(String(request?.body))).toEqual({ url: "rtsp://joe:pw@cam/live", name: "Front door" });
    expect(request?.headers).toEqual({ "Content-Type": "application/json" });
    const again = answering(204);
    await addCamera({ ...FORM, passthrough: false, certificate: " any " }, "sesame", again);
    const [, second] = vi.mocked(again).mock.calls[0] ?? [];
    expect(second?.headers).toMatchObject({ Authorization: "Bearer sesame" });
    expect(JSON.parse(String(second?.body))).toMatchObject({ passthrough: false, certificate: "any" });
  });

  it("asks for the key when one is missing, and says what is wrong otherwise", async () => {
    const refusal = { error: { code: "unauthorized", message: "cameras need the key" } };
    expect(await addCamera(FORM, "", answering(401, refusal))).toBe("key-needed");
    expect(await addCamera(FORM, "wrong", answering(401, refusal))).toEqual({ message: "cameras need the key" });
    expect(await addCamera(FORM, "", answering(502))).toEqual({ message: "The relay answers with 502." });
    const away = vi.fn(() => Promise.reject(new TypeError("failed"))) as unknown as typeof fetch;
    expect(await addCamera(FORM, "", away)).toMatchObject({ message: expect.stringContaining("does not answer") });
  });
});
