"""A pass before a (played) camera, through the decoder in its worker, under the real policy."""

import io
from pathlib import Path

import pytest
import qrcode
from PIL import Image, ImageDraw
from playwright.sync_api import Playwright

from tests.lobby_js.stand_in import PASS, Kiosk, answer, launch

pytestmark = pytest.mark.browser


def film(path: Path, text: str, *, smeared: bool = False) -> list[str]:
    """Three seconds at 30 a second: a noisy room, then somebody holds a pass into the picture, not straight.

    Returns the arguments that make a browser play it as its camera.
    """
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(text)
    picture = code.make_image().get_image().convert("RGB")
    if smeared:
        ImageDraw.Draw(picture).ellipse((110, 110, 270, 270), fill="white")
    held = picture.rotate(7, expand=True, fillcolor="white")
    room = Image.effect_noise((1280, 720), 40).convert("RGB")
    empty = jpeg(room)
    room.paste(held, (440, 150))
    path.write_bytes(empty * (0 if smeared else 45) + jpeg(room) * 45)
    return ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={path}"]


def jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=80)
    return data.getvalue()


def test_a_pass_before_the_camera_is_read_and_reported_once_while_it_stays(playwright: Playwright, tmp_path: Path) -> None:
    browser = launch(playwright.chromium, *film(tmp_path / "pass.mjpeg", PASS))
    kiosk = Kiosk(browser.new_page())
    kiosk.says["/scan"] = answer("granted")
    kiosk.open().until("granted")
    kiosk.page.wait_for_timeout(1000)
    browser.close()
    assert [(body["how"], body["text"]) for body in kiosk.scans()] == [("camera", PASS)]
    assert kiosk.trouble == []


def test_a_code_in_view_that_cannot_be_read_is_met_with_a_hint(playwright: Playwright, tmp_path: Path) -> None:
    browser = launch(playwright.chromium, *film(tmp_path / "smeared.mjpeg", PASS, smeared=True))
    kiosk = Kiosk(browser.new_page()).open()
    kiosk.wait(lambda: "避开反光" in kiosk.page.locator(".note").inner_text(), "hint")
    browser.close()
    assert kiosk.scans() == []
    assert kiosk.trouble == []
