"""What axe-core finds on a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["problems"]

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

RUN_AXE = """
async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).join(' | ')}`);
}
"""

ANIMATIONS_END = """
() => Promise.allSettled(
  document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime < Infinity)
    .map((one) => one.finished),
)
"""


def problems(page: Page) -> list[str]:
    """What axe calls serious or critical. It is put in by the debugger, past the page's policy, which it does not need to pass."""
    if not page.evaluate("() => 'axe' in window"):
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": AXE.read_text()})  # pyright: ignore[reportUnknownMemberType]
        session.detach()
    # A colour on its way to another is no colour that anybody reads.
    page.evaluate(ANIMATIONS_END)
    return page.evaluate(RUN_AXE)
