"""Pictures that are right whatever one draws: references, alphabets, formulas, what is rasterized, and what the edge cuts."""

import re

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from reglesson import style
from reglesson.explore import cut, explore, lazy, live, pictures, slider


def pieces(draw, name="it"):
    """The pieces of the one frame of a draw function, as one text."""
    svg = explore(draw).frame((), "svg")[0]
    return "".join(cut.cut(svg, name)[1])


def references(text):
    return set(re.findall(r"""(?:href="#|url\(#)([^")]+)""", text))


def test_every_reference_of_a_picture_is_renamed_with_its_target():
    def rich(fig):
        """Hatches, clips, markers, shades and filters."""
        ax = fig.subplots()
        ax.bar([1, 2], [3, 4], hatch=["/", "x"], color=style.BLUE, edgecolor=style.INK)
        ax.plot([1, 2], [1, 2], "o-", color=style.ORANGE)
        ax.tripcolor([1.0, 2, 1.5], [1.0, 1, 2], [0.0, 1, 2], shading="gouraud")
        ax.fill_between([1, 2], [0, 0], [1, 1], hatch="o", facecolor=style.GREEN, edgecolor=style.INK)
        ax.imshow(np.eye(3), extent=(1, 2, 1, 2), aspect="auto")
        return "Drawn."

    text = pieces(rich)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) and len(ids) >= 5
    assert "<pattern" in text and 'style="fill:url(#it-' in text
    assert references(text) == set(ids)
    assert references(pieces(rich, "other")).isdisjoint(ids)


def test_a_reference_without_a_target_is_an_error():
    svg = f'<svg xmlns="{cut.SVG}" viewBox="0 0 9 9"><path style="fill: url(#gone)" d="M 0 0"/></svg>'
    with pytest.raises(ValueError, match="the picture refers to gone, which is not in it"):
        cut.cut(svg, "it")


@pytest.mark.parametrize(("text", "as_shape"), [("$10^{-3}$", False), (r"$\hat w_1 = \lambda$", False), (r"$\mathbb{E}$", True),
                                                (r"$\mathcal{L}$", True), (r"$\left(\frac{a}{b}\right)$", True),
                                                (r"$\sqrt{\frac{a}{b}}$", True)])  # fmt: skip
def test_a_formula_is_text_where_a_page_has_its_letters_and_a_shape_where_not(text, as_shape):
    def formula(fig):
        """A formula."""
        fig.text(0.5, 0.5, text)
        return "Drawn."

    found = pieces(formula)
    assert ("<text" not in found) == as_shape
    assert not re.search("[\ue000-\uf8ff]", found)


@pytest.mark.parametrize("text", ["岭回归", "रिज", "نص عربي", "👍 good"])
def test_text_of_any_alphabet_is_left_to_the_browser_and_live_a_picture_of_vectors_is_shown(text):
    def foreign(fig, k):
        """A title."""
        fig.subplots().set_title(text)
        return f"{text} {k}"

    made = explore(foreign, k=slider(0, 1, 1))
    assert text in "".join(cut.cut(made.frame((0,), "svg")[0], "it")[1])
    with pytest.MonkeyPatch.context() as patch:
        shown = []
        patch.setattr("ipywidgets.VBox", lambda children: shown.append(children) or type("Box", (), {"_repr_mimebundle_": dict}))
        made.frame(made.start, "png")
        live.bundle(made)
    assert made.lacks_letters == ("data:image/svg+xml" in shown[0][2].value)
    if text == "岭回归":
        assert made.lacks_letters


def test_what_is_rasterized_is_one_picture_within_the_frame_and_small():
    def dots(fig):
        """Many dots."""
        ax = fig.subplots()
        ax.plot(*np.random.default_rng(0).normal(size=(2, 20_000)), ".", color=style.BLUE, rasterized=rasterized)
        ax.set_title("Many dots")
        return "Drawn."

    rasterized = True
    text = pieces(dots)
    assert text.count("<image") == 1 and "Many dots</text>" in text
    rasterized = False
    assert len(text) < len(pieces(dots)) / 5 and "<image" not in pieces(dots)


def test_factors_keep_the_digits_that_they_need():
    assert cut._shortened("translate(10.126 2.001) scale(0.10512 -0.10512)") == "translate(10.13 2) scale(0.10512 -0.10512)"
    assert cut._shortened("matrix(0.001234 0 0 1.5 20.555 3)") == "matrix(0.001234 0 0 1.5 20.555 3)"


def test_a_path_is_written_as_steps_without_spaces_and_repeated_letters():
    path = "M 1 -2 L 3 4 L 5.5 6 C 1 2 3 4 5 6 C 1 2 3 4 5 6 z L 2 -2 z M 0 0 M 1 1 L 1.5 0.995 L 1.75 1.4"
    assert cut.steps(path, 1) == "M1-2l2 6 2.5 2c-4.5-4-2.5-2-.5 0-4-4-2-2 0 0zl1 0zM0 0M1 1l.5 0 .25.4"
    assert cut.steps(cut.steps(path, 1), 1) == cut.steps(path, 1)


@pytest.mark.parametrize("unit", [1, cut.FINE, 50])
def test_the_steps_of_a_path_lead_to_its_points_however_many_they_are(unit):
    points = np.cumsum(np.random.default_rng(1).normal(size=(3000, 2)), axis=0)
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points)
    for text in (path, cut.steps(path, 1)):
        numbers = re.findall(r"-?(?:\d+\.\d*|\.?\d+)", cut.steps(text, unit))
        steps = np.array(numbers, float).reshape(-1, 2)
        assert len(steps) == len(points)
        np.testing.assert_allclose(np.cumsum(steps, axis=0), points, rtol=0, atol=unit / 200 + 0.006)


def test_a_mark_that_moves_keeps_its_shape_which_is_a_piece_of_its_own():
    mark = '<g id="line2d_1"><defs><path id="m" d="M 0 0 L 1 1"/></defs><g><use xlink:href="#m" x="{}"/></g></g>'
    svg = f'<svg xmlns="{cut.SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{mark}</svg>'
    one, other = (cut.cut(svg.format(x), "it")[1] for x in (1, 2))
    assert one == ['<defs><path id="it-m" d="M0 0l1 1" /></defs>', '<g><g><use x="1" href="#it-m" /></g></g>']
    assert other[0] == one[0] and other[1] != one[1]


def test_marks_of_one_look_stand_at_the_points_of_a_path_and_none_is_left_out():
    def dots(fig):
        """Marks on a line, of two looks, and one alone."""
        ax = fig.subplots()
        for up, color in enumerate((style.ORANGE, style.BLUE, style.BLUE)):
            ax.plot(np.arange(30), np.arange(30) + up, "o", color=color, alpha=0.5)
        ax.plot([3], [20], "s", color=style.GREEN)
        return "Drawn."

    text = pieces(dots)
    paths = re.findall(r'<path d="(M[^"]+)" style="fill:none;marker:url\(#([^)]+)\)" />', text)
    assert len(paths) == 3 and len({look for _, look in paths}) == 2
    assert all(text.count(f'<marker id="{look}"') == 1 for _, look in paths)
    for d, _ in paths:
        places = np.array(cut.NUMBER.findall(d), float).reshape(-1, 2).cumsum(axis=0)
        assert len(places) == 30
        np.testing.assert_allclose(places, np.linspace(places[0], places[-1], 30), atol=0.11)
    assert references(text) == set(re.findall(r'\sid="([^"]+)"', text))


def test_an_area_is_a_path_where_it_is_and_not_a_copy_of_a_shape():
    x, low, high = np.array([0.2, 0.5, 0.8]), np.array([0.1, 0.2, 0.3]), np.array([0.6, 0.9, 0.7])
    corners = []

    def areas(fig):
        """Two equal areas, one over the other."""
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        for color in ("#123456", "#654321"):
            ax.fill_between(x, low, high, color=color, alpha=0.3)
        fig.draw_without_rendering()
        corners.append(ax.transData.transform([*zip(x, low, strict=True), *zip(x, high, strict=True)]))
        return "Drawn."

    text = pieces(areas)
    found = re.findall(r'<path d="(M[^"]+z)" style="fill:(#\d+);fill-opacity:0.3;stroke:(#\d+);stroke-opacity:0.3" />', text)
    assert [look for _, *look in found] == [["#123456"] * 2, ["#654321"] * 2]
    height = float(re.match(r".*? height=\"([\d.]+)pt", explore(areas).frame((), "svg")[0].decode(), re.DOTALL)[1])
    wanted = np.array([0, height]) + corners[0] * 72 / 100 * [1, -1]
    for d, *_ in found:
        places = np.array(cut.NUMBER.findall(d), float).reshape(-1, 2).cumsum(axis=0)
        for corner in wanted:
            assert np.abs(places - corner).max(axis=1).min() < 0.11
    assert references(text) == set(re.findall(r'\sid="([^"]+)"', text))


def test_lines_that_look_alike_are_one_path_unless_one_shines_through_another():
    def lines(fig):
        """Lines of one look, of two, and of one that is not opaque."""
        ax = fig.subplots()
        ax.vlines([1, 2, 3], 0, 1, color="#111111")
        ax.vlines([1, 2], 0, 1, color=["#222222", "#333333"])
        ax.vlines([1, 2], 0, 1, color="#444444", alpha=0.5)
        return "Drawn."

    text = pieces(lines)
    found = [re.findall(rf'<path d="([^"]+)"[^>]*stroke:#{6 * digit}', text) for digit in "1234"]
    assert [len(paths) for paths in found] == [1, 1, 1, 2]
    assert found[0][0].count("M") == 3


def test_marks_that_differ_or_are_turned_stay_as_they_are():
    spaces = f'xmlns="{cut.SVG}" xmlns:xlink="http://www.w3.org/1999/xlink"'
    for looks in (['style="fill: red"', 'style="fill: blue"'], 2 * ['transform="rotate(90)"']):
        marks = "".join(f'<use xlink:href="#m" x="{k}" y="1" {look}/>' for k, look in enumerate(looks))
        svg = f'<svg {spaces}><defs><path id="m" d="M 0 0"/></defs><g>{marks}</g></svg>'
        text = "".join(cut.cut(svg, "it")[1])
        assert text.count("<use") == 2 and "marker" not in text


@pytest.mark.parametrize("slack", [0.01, cut.SLACK, 3])
def test_a_long_line_leaves_out_only_points_that_it_passes_closely(slack):
    across = np.linspace(0, 300, 400)
    points = np.stack([across, 50 * np.sin(across / 20)], axis=1)
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points)
    left = np.array(cut.NUMBER.findall(cut.fewer(path, slack)), float).reshape(-1, 2)
    assert 10 < len(left) < 390 and (left[[0, -1]] == points.round(6)[[0, -1]]).all()
    assert np.abs(np.interp(across, *left.T) - points[:, 1]).max() < 3 * slack + 1e-6  # no part is steeper than 50 / 20
    assert len({tuple(row) for row in left} - {tuple(row) for row in points.round(6)}) == 0


def test_a_line_that_comes_back_keeps_its_ends_and_short_lines_and_curves_keep_all():
    back = "M 0 0 " + "".join(f"L {x} 0 " for x in (1, 2, 3, 9, 8, 7, -4, 0, 0, 0))
    assert cut.steps(cut.fewer(back, 0.05), 1) == "M0 0l9 0-13 0 4 0"
    closed = back + "z M 5 5 L 6 5 L 7 5"
    assert cut.steps(cut.fewer(closed, 0.05), 1) == "M0 0l9 0-13 0 4 0zM5 5l1 0 1 0"
    for short in ("M 0 0 L 1 0 L 2 0 L 3 0 z", "M 0 0 " + "C 1 0 2 0 3 0 " * 20):
        assert cut.fewer(short, 0.05) == short


def test_all_that_is_drawn_in_a_right_panel_says_so():
    svg = f'<svg xmlns="{cut.SVG}" viewBox="0 0 9 9"><g id="axes_2{cut.RIGHT}"><image x="1"/><g><path d="M 0 0"/></g></g></svg>'
    assert cut.cut(svg, "it")[1] == [
        '<image class="explorer-right" x="1" />', '<g class="explorer-right"><path d="M0 0" /></g>',
    ]  # fmt: skip


def test_a_line_without_points_moves_no_panel_of_a_phone():
    def ends(**look):
        fig = Figure(figsize=(6, 2.7))
        panels = fig.subplots(1, 2)
        panels[1].plot([], [], "^", **look)
        pictures.name_right_panel(fig)
        pictures.svg(fig)
        return pictures.columns(fig)

    assert ends(clip_on=False) == ends(clip_on=True)
    assert ends(clip_on=False)[1] > 190  # how wide the letters are differs by versions


# -- what the edge cuts --------------------------------------------------------------------------------------------


def long_ticks(fig):
    """Ticks."""
    fig.subplots().set(yticks=[0, 1], yticklabels=["", "a tick label that is far too long for its place"])


def far_legend(fig):
    """A legend."""
    ax = fig.subplots()
    ax.plot([0, 1], label="a line with a long name")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def far_note(fig):
    """A note."""
    fig.subplots().text(0.9, 0.5, "a note that goes on and on beyond the edge")


def far_text(fig):
    """A text."""
    fig.text(0.9, 0.5, "a text that goes on and on beyond the edge")


def far_arrow(fig):
    """An annotation."""
    fig.subplots().annotate("far beyond", (0.5, 0.5), (1.5, 0.5), arrowprops={"arrowstyle": "->"})


@pytest.mark.parametrize(
    ("draw", "said"),
    [(long_ticks, "the tick label 'a tick label"), (far_legend, "the legend's 'a line with"), (far_note, "the note 'a note"),
     (far_text, "the text 'a text"), (far_arrow, "the note 'far beyond'")],
)  # fmt: skip
def test_text_that_the_edge_cuts_is_refused_by_name(draw, said):
    def drawn(fig):
        """Cut."""
        draw(fig)
        return "Drawn."

    with pytest.raises(RuntimeError, match=f"edge cuts {said}"):
        explore(drawn).frame((), "svg")


def test_text_that_is_not_drawn_cuts_nothing():
    def drawn(fig):
        """Nothing is cut."""
        ax = fig.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 1, 50], yticks=[0, 1])
        ax.text(5, 5, "clipped away", clip_on=True)
        ax.annotate("its point is outside", (7, 7), annotation_clip=True)
        hidden = fig.text(2, 2, "hidden")
        hidden.set_visible(False)
        return "Drawn."

    explore(drawn).frame((), "svg")


def test_a_logarithmic_axis_over_many_decades_has_no_ticks_outside_of_it_that_could_be_cut():
    def drawn(fig):
        """Twelve decades."""
        ax = fig.subplots(1, 2)[0]
        ax.plot([1e-6, 1e6], [0, 1])
        ax.set(xscale="log", xticks=[1e-60, 1e-6, 1, 1e6], xlim=(1e-6, 1e6))
        return "Drawn."

    explore(drawn).frame((), "svg")


def test_ticks_come_late_where_an_axis_may_be_drawn_once():
    assert isinstance(pictures.prepared((5, 3)), lazy.Figure) == (matplotlib.__version_info__ >= (3, 11))
