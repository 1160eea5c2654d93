/** Adding a camera: what the form makes of its fields, and the request. */
import type { Camera } from "../wire.gen";

export interface CameraForm {
  url: string;
  name: string;
  id: string;
  passthrough: boolean;
  /** Of a camera that speaks TLS: its fingerprint, `any`, or nothing. */
  certificate: string;
}

export type Outcome = "added" | "key-needed" | { message: string };

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

/** Adds a camera, or changes it. Nothing of it is kept in the browser. */
export async function addCamera(form: CameraForm, key: string, ask: typeof fetch = fetch): Promise<Outcome> {
  const camera: Partial<Camera> = { url: form.url.trim() };
  if (form.name.trim() !== "") camera.name = form.name.trim();
  if (!form.passthrough) camera.passthrough = false;
  if (form.certificate.trim() !== "") camera.certificate = form.certificate.trim();
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (key !== "") headers.Authorization = `Bearer ${key}`;
  try {
    const answer = await ask(`/v1/feeds/${encodeURIComponent(form.id)}`, {
      method: "PUT",
      headers,
      body: JSON.stringify(camera),
    });
    if (answer.ok) return "added";
    if (answer.status === 401 && key === "") return "key-needed";
    const said = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    return { message: said?.error?.message ?? `The relay answers with ${answer.status}.` };
  } catch {
    return { message: "The relay does not answer. Try again in a moment." };
  }
}
