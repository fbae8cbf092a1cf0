"""The whole page at work, with a real app behind it: the phone on its guidance, a list, a thread, a menu."""

from pathlib import Path

from PIL import Image

from tests.sandbox.picture import draw

MOST_BYTES = 400_000


def test_it_shows_everybody_at_one_moment_of_the_story(tmp_path: Path) -> None:
    draw(tmp_path / "sandbox.png")
    assert (tmp_path / "sandbox.png").stat().st_size < MOST_BYTES
    with Image.open(tmp_path / "sandbox.png") as picture:
        assert picture.size == (1600, 900)
