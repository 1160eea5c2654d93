/** Adding a camera: what the form makes of its fields, and the request. */
import type { PublishKey } from "../board/publishkey.svelte";
import type { Camera } from "../wire.gen";

export interface CameraForm {
  url: string;
  name: string;
  passthrough: boolean;
  /** Of a camera that speaks TLS: its fingerprint, `any`, or nothing. */
  certificate: string;
}

/** A stream's id made of a name, as people would write it. */
export function idFrom(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (
    plain
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 64) || "camera"
  );
}

/** What was filled in, without what is as it would be anyway. */
export function cameraOf(form: CameraForm): Partial<Camera> {
  const camera: Partial<Camera> = { url: form.url.trim() };
  if (form.name.trim() !== "") camera.name = form.name.trim();
  if (!form.passthrough) camera.passthrough = false;
  if (form.certificate.trim() !== "") camera.certificate = form.certificate.trim();
  return camera;
}

/**
 * Adds a camera, or changes it. False if the person did not want to show the publish key.
 *
 * @throws Refusal with a sentence for a person.
 */
export async function putCamera(key: Pick<PublishKey, "send">, id: string, camera: Partial<Camera>): Promise<boolean> {
  const answer = await key.send("Adding a camera", `/v1/feeds/${encodeURIComponent(id)}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(camera),
  });
  return answer !== undefined;
}
