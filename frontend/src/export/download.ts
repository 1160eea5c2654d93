/** Hands a file to the person. */

/** A name that every file system takes, with the time so that a second one does not replace the first. */
export function fileName(title: string, extension: string, now = new Date()): string {
  const plain = [...title.normalize("NFC")]
    .map((letter) => (/[\p{L}\p{N} ._-]/u.test(letter) ? letter : "-"))
    .join("")
    .replace(/[\s-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80);
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  return `${plain || "windsock"}-${stamp}.${extension}`;
}

export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the content by then; kept for longer it would stay in memory until the page is closed.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
