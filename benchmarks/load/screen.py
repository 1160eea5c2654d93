"""How old is what stands on a browser's screen: Chromium shows the board, and each picture that is painted has its barcode read back from the canvas.

`watch <video|jpeg> <seconds>` on stdin: shows the board for so long and answers with ages in ms. Argument: the board's address.
"""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any, cast

from playwright.sync_api import Browser, sync_playwright

AGES = """
([canvas, seconds, fps, span]) => new Promise((done) => {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const ages = [];
  let frames = canvas.dataset.frames;
  const end = performance.now() + seconds * 1000;
  const look = () => {
    if (canvas.dataset.frames !== frames) {
      frames = canvas.dataset.frames;
      const now = Date.now();
      const row = context.getImageData(0, Math.floor(canvas.height / 60), canvas.width, 1).data;
      let number = 0;
      for (let bit = 0; bit < 8; bit++) number = number * 2 + (row[4 * Math.floor(((bit + 0.5) * canvas.width) / 8)] > 128 ? 1 : 0);
      ages.push((((now - (number * 1000) / fps) % span) + span) % span);
    }
    if (performance.now() < end) requestAnimationFrame(look); else done(ages);
  };
  requestAnimationFrame(look);
})
"""
FIRST_MS = 20_000
WARM_MS = 3_000


def watch(browser: Browser, board: str, kind: str, seconds: float, fps: int, span: int) -> list[float]:
    """Ages of what is painted, once it moves."""
    page = browser.new_context().new_page()
    try:
        if kind == "jpeg":
            page.add_init_script("delete window.VideoDecoder")
        page.goto(board)
        canvas = page.locator(f"canvas.picture[data-kind={kind}]")
        canvas.wait_for(timeout=FIRST_MS)
        page.wait_for_timeout(WARM_MS)
        return cast("list[float]", page.evaluate(AGES, [canvas.element_handle(), seconds, fps, span]))
    finally:
        page.context.close()


def main() -> None:
    """Do as told, until stdin ends."""
    board, fps, span = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            _, kind, seconds = line.split()
            print(json.dumps({"ages": watch(browser, board, kind, float(seconds), fps, span)}), flush=True)


if __name__ == "__main__":
    main()
