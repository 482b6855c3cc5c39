"""The palette: legible on both pages, and told apart by more than hue."""

import itertools

import matplotlib
import pytest
from matplotlib.colors import to_rgb

from reglesson import style

LINES = ("blue", "orange", "green", "purple", "gold")


WEIGHTS = (0.2126, 0.7152, 0.0722)


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(w * c for w, c in zip(WEIGHTS, linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_text_reaches_a_contrast_of_4_5_and_lines_of_3(page):
    paper = style.PALETTE["paper"][page]
    for name in ("ink", "muted", *LINES):
        assert contrast(style.PALETTE[name][page], paper) >= 4.5, name
    assert contrast(style.PALETTE["sky"][page], paper) >= 3


def test_no_two_colours_of_the_palette_are_the_same():
    for page in (0, 1):
        assert all(one[page] != other[page] for one, other in itertools.combinations(style.PALETTE.values(), 2))


def test_the_names_are_the_light_colours_in_order():
    assert (style.INK, style.BLUE, style.SKY) == tuple(style.PALETTE[name][0] for name in ("ink", "blue", "sky"))


def test_matplotlib_knows_every_setting_and_cycles_through_the_palette():
    with matplotlib.rc_context(style.RC):
        assert [c["color"] for c in matplotlib.rcParams["axes.prop_cycle"]] == [style.PALETTE[name][0] for name in LINES]
