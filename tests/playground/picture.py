"""Takes the README's picture: `python -m tests.playground.picture docs/picture.webp`.

It plays the playground with a cast that is always the same, decides on a few cards, opens a thread
and photographs the page. Needs Chromium; SystemExit when the picture is too large for a README.
"""

import asyncio
import base64
import os
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, ViewportSize, expect

from bot.playground.launcher import staged
from tests.playground.surroundings import chromium

SEED: Final = 7
SIZE: Final[ViewportSize] = {"width": 1440, "height": 860}
SCALE: Final = 2
MOST_BYTES: Final = 250_000
CARDS: Final = 3
SECONDS: Final = 60
# Chromium takes screenshots as PNG, which is larger.
TO_WEBP: Final = """async png => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.8).split(",")[1];
}"""


async def taken() -> bytes:
    """The picture as WebP."""
    expect.set_options(timeout=SECONDS * 1000)
    async with (
        staged(host="127.0.0.1", port=0, environ=os.environ, seed=SEED) as stage,
        chromium() as browser,
    ):
        page = await browser.new_page(viewport=SIZE, device_scale_factor=SCALE, locale="en-GB")
        await page.emulate_media(reduced_motion="reduce")
        await page.goto(stage.address)
        await _decide(page)
        png = base64.b64encode(await page.screenshot(animations="disabled")).decode()
        blank = await browser.new_page()
        return base64.b64decode(await blank.evaluate(TO_WEBP, png))


def main(path: Path) -> None:
    """Write the picture into a file."""
    picture = asyncio.run(taken())
    if len(picture) > MOST_BYTES:
        raise SystemExit(f"{len(picture)} bytes are too many, {MOST_BYTES} would do.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)
    sys.stdout.write(f"{path}: {len(picture)} bytes\n")


async def _decide(page: Page) -> None:
    cards = page.locator("[data-list=channel] .message")
    for _ in range(CARDS - 1):
        await page.get_by_role("button", name="New reply", exact=True).click()
    await expect(cards.nth(CARDS - 1)).to_be_visible()
    jane, amy = cards.filter(has_text="Jane Doe"), cards.filter(has_text="Amy Chen")
    await _press(amy, "Mark read")
    await expect(amy.get_by_text("1 reply")).to_be_visible()
    await page.get_by_role("radio", name="Ben").click()
    await jane.hover()
    await jane.get_by_role("button", name="Add reaction").click()
    await page.keyboard.type("raised")
    await page.keyboard.press("Enter")
    await expect(jane.locator(".reaction")).to_be_visible()
    await page.get_by_role("radio", name="Ada").click()
    await _press(jane, "Meeting booked")
    await page.get_by_role("dialog").get_by_role("button", name="Set it").click()
    await jane.get_by_text("1 reply").click()
    await expect(page.locator("#thread .message")).to_have_count(2)
    await page.locator("#composer-thread").fill("Calling her at ten.")
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread .message")).to_have_count(3)
    await page.locator(".wire-row.is-patch").first.get_by_role("button").click()
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")


async def _press(card: Locator, name: str) -> None:
    await card.get_by_text(name, exact=True).click()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
