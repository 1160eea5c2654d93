/** What the camera form sends, and what it makes of the answers. */
import { describe, expect, it, vi } from "vitest";
import { cameraOf, idFrom, putCamera } from "./camera";

describe("a camera's id", () => {
  it("is made of its name", () => {
    expect(idFrom("Front door")).toBe("front-door");
    expect(idFrom("  Tür № 2 ")).toBe("tur-no-2");
    expect(idFrom("玄関")).toBe("玄関");
    expect(idFrom("!!")).toBe("camera");
  });
});

describe("adding a camera", () => {
  it("sends what was filled in, and nothing that is so anyway", () => {
    const form = { url: " rtsp://joe:pw@cam/live ", name: "Front door ", passthrough: true, certificate: "" };
    expect(cameraOf(form)).toEqual({ url: "rtsp://joe:pw@cam/live", name: "Front door" });
    expect(cameraOf({ ...form, name: " ", passthrough: false, certificate: " any " })).toEqual({
      url: "rtsp://joe:pw@cam/live",
      passthrough: false,
      certificate: "any",
    });
  });

  it("asks with the board's publish key, and says whether the person showed it", async () => {
    const send = vi.fn(async (): Promise<Response | undefined> => new Response(null, { status: 204 }));
    expect(await putCamera({ send }, "front/door", { url: "rtsp://cam/live" })).toBe(true);
    expect(send).toHaveBeenCalledWith(
      "Adding a camera",
      "/v1/feeds/front%2Fdoor",
      expect.objectContaining({ method: "PUT", body: '{"url":"rtsp://cam/live"}' }),
    );
    send.mockResolvedValueOnce(undefined);
    expect(await putCamera({ send }, "front/door", { url: "rtsp://cam/live" })).toBe(false);
  });
});
