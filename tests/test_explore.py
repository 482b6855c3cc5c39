"""The explorer: one draw function, four surfaces that agree."""

import dataclasses
import gzip
import io
import itertools
import json
import os
import re
import sys
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import shows, whole_frames

from reglesson import style
from reglesson.explore import choice, cut, explore, live, log_slider, pictures, settings, slider
from reglesson.explore import explorer as module

rng = np.random.default_rng(0)
X_DATA, Y_DATA = rng.normal(size=(2, 30))


def tilted(fig, slope, shape):
    """Dots, and a line whose slope the first slider sets."""
    ax = fig.subplots()
    ax.plot(X_DATA, Y_DATA, "o", color=style.INK)
    ax.plot([-2, 2], [-2 * slope, 2 * slope], color=style.BLUE, linestyle="--" if shape == "dashed" else "-")
    if slope > 1:
        ax.axhline(0, color=style.MUTED)  # frames may hold different numbers of artists
    ax.set(title="A line turns", xlabel="x", ylabel="y", xlim=(-3, 3), ylim=(-3, 3))
    return f"The slope is {slope:g}, and the line is {shape}."


def tilted_explorer():
    return explore(tilted, slope=slider(0, 2, 0.5, value=0.5, label="slope"), shape=choice(["solid", "dashed"]))


class Page(HTMLParser):
    """The parts of a baked explorer that the tests look at."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.inside, self.script, self.says = [], [], "", ""
        self.picture = re.search(r"<svg[^>]*>(.*?)</svg>", text, re.DOTALL)[1]
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.inside and self.inside[-1][0] == "script":
            self.script += data
        if self.inside and self.inside[-1][1].get("class") == "explorer-says":
            self.says += data


def frames_of(explorer, page):
    """Every frame as a list of pieces."""
    positions = list(itertools.product(*(range(len(s.values)) for s in explorer.sliders.values())))
    return whole_frames(json.loads(page.script), page.picture, positions.index(explorer.start))


# -- arguments ---------------------------------------------------------------------------------------------------


def test_explore_wants_a_docstring_and_a_slider_for_each_argument():
    def mute(fig, lam):
        return "Nothing."

    with pytest.raises(ValueError, match="docstring"):
        explore(mute, lam=log_slider(1, 10))
    with pytest.raises(ValueError, match=re.escape("['slope', 'shape'], got ['slope']")):
        explore(tilted, slope=slider(0, 1, 1))
    with pytest.raises(ValueError, match="slope must be a log_slider"):
        explore(tilted, slope=3, shape=choice(["a", "b"]))


# -- plain text ---------------------------------------------------------------------------------------------------


def test_plain_text_is_the_sentences_at_the_start_and_at_the_ends_and_middle_of_each_slider():
    lines = tilted_explorer().text().splitlines()
    assert lines == [f"The slope is {s}, and the line is solid." for s in ("0.5", "0", "1", "2")] + [
        "The slope is 0.5, and the line is dashed."
    ]


def test_the_plain_text_is_the_same_live_and_baked(tmp_path, monkeypatch):
    live = tilted_explorer()._repr_mimebundle_()
    monkeypatch.setenv("REGLESSON_BAKE", str(tmp_path))
    baked = tilted_explorer()._repr_mimebundle_()
    assert live["text/plain"] == baked["text/plain"]
    assert set(baked) == {"text/plain", "text/html"}
    assert set(live) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}


def test_no_picture_is_made_for_plain_text(monkeypatch):
    for kind in ("png", "svg"):
        monkeypatch.setattr(pictures, kind, lambda fig: pytest.fail("a picture was made"))
    assert len(tilted_explorer().text().splitlines()) == 5


@pytest.mark.parametrize("format", ["png", "svg"])
def test_a_picture_is_the_one_that_matplotlib_saves(format):
    """Pictures share what reads formulas; each must be as if it were the first."""
    import matplotlib
    from matplotlib.figure import Figure

    def logarithmic(fig, power):
        """A line on logarithmic axes, whose numbers are formulas."""
        ax = fig.subplots()
        ax.loglog([1, 10**power], [1, 1000], base=2, color=style.BLUE)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(lambda value, _: f"$2^{{{np.log2(value):g}}}$")
        ax.set(title=f"up to $10^{power}$", xlabel="x", ylabel="y")
        return f"Up to ten to the power of {power}."

    made = explore(logarithmic, power=slider(1, 3, 1))
    for position in [(0,), (1,), (2,), (0,)]:
        with matplotlib.rc_context(style.RC):
            fig, out = Figure(figsize=made.figsize), io.BytesIO()
            logarithmic(fig, *made.values(position).values())
            options = {"svg": {"metadata": {"Date": None}}, "png": {"dpi": 144, "facecolor": "white"}}
            fig.savefig(out, format=format, **options[format])
        picture = made.frame(position, format)[0]
        assert picture == out.getvalue() if format == "png" else cut.cut(picture, "x") == cut.cut(out.getvalue(), "x")


# -- baked --------------------------------------------------------------------------------------------------------


def test_every_baked_frame_is_the_picture_and_the_sentence_that_the_draw_function_gives(tmp_path):
    explorer = tilted_explorer()
    page = Page(explorer.baked(tmp_path))
    positions = [(i, j) for i in range(5) for j in range(2)]
    frames, lengths = frames_of(explorer, page), set()
    assert len(frames) == len(positions)
    for position, frame, caption in zip(positions, frames, json.loads(page.script)["captions"], strict=True):
        svg, sentence = explorer.frame(position, "svg")
        drawn = cut.cut(svg, "tilted")[1]
        assert shows(frame, drawn)
        lengths.add(len(drawn))
        assert caption == sentence == tilted_sentence(*explorer.values(position).values())
    assert len(lengths) > 1, "the example must hold frames of different lengths"
    assert len({len(frame) for frame in frames}) == 1


def tilted_sentence(slope, shape):
    return f"The slope is {slope:g}, and the line is {shape}."


def test_without_a_script_the_page_shows_the_first_picture_and_its_sentence(tmp_path):
    explorer = tilted_explorer()
    html = explorer.baked(tmp_path)
    pieces = cut.cut(explorer.frame(explorer.start, "svg")[0], "tilted")[1]
    start = list(np.ndindex(5, 2)).index(explorer.start)
    first = frames_of(explorer, Page(html))[start]
    assert shows(first, pieces)
    assert "".join(first) in html.split("<script")[0]
    assert Page(html).says == "The slope is 0.5, and the line is solid."
    controls = next(attrs for tag, attrs in Page(html).tags if attrs.get("class") == "explorer-controls")
    assert "hidden" in controls


def test_powers_of_ten_on_an_axis_are_plain_text_with_raised_digits():
    def logarithmic(fig, k):
        """A line on logarithmic axes."""
        fig.subplots().loglog([1e-3, 10], [2, 2e4])
        return f"Number {k}."

    picture = explore(logarithmic, k=slider(1, 2, 1)).frame((0,), "svg")[0].decode()
    assert {"10⁻³", "10¹"} <= set(re.findall(r">([^<>]+)</text>", picture)) and "<tspan" not in picture


def test_where_two_panels_part_and_where_a_pointer_can_drag_is_known():
    def panels(fig, lam):
        """Two panels; the axis of the left one is the slider's quantity."""
        left, right = fig.subplots(1, 2)
        left.set(xscale="log", xlim=(1e-2, 100), xlabel="penalty λ")
        right.set(xlim=(0, 1 + lam), xlabel="λ")  # its axis moves, so that nothing can be dragged there
        return f"At {lam:g}."

    made = explore(panels, lam=log_slider(1e-2, 100, steps=5))
    made.html()
    (ends, begins), [[left, top, right, bottom, slider_number, log, low, high]] = made._layout()
    assert 150 < ends < begins + 20 and 150 < begins < 250
    assert (slider_number, log, low, high) == (0, 1, -2, 2)
    assert left < right < begins and 0 < top < bottom < 230.4


def test_one_panel_or_a_title_for_both_is_not_parted():
    def one(fig, k):
        """One panel, or two below a title of the figure."""
        axes = fig.subplots(1, k)
        if k == 2:
            fig.suptitle("for both")
        assert axes is not None
        return f"Panels: {k}."

    made = explore(one, k=slider(1, 2, 1))
    page = made.html()
    assert made._layout()[0] is None and "explorer-panels" not in page.split("<figure")[1]


def test_the_picture_is_named_by_the_docstring_and_each_slider_says_its_value(tmp_path):
    page = Page(tilted_explorer().baked(tmp_path))
    svg = next(attrs for tag, attrs in page.tags if tag == "svg")
    assert svg["role"] == "img" and svg["aria-labelledby"] == "tilted-about"
    assert ("p", {"id": "tilted-about"}) in page.tags
    inputs = [attrs for tag, attrs in page.tags if tag == "input"]
    rail, *radios = inputs
    assert (rail["name"], rail["max"], rail["value"], rail["aria-valuetext"]) == ("slope", "4", "1", "0.5")
    assert rail["aria-label"] == "slope" and rail["aria-describedby"] == "tilted-about"
    assert [(i["type"], i["name"], i["value"], "checked" in i) for i in radios] == [
        ("radio", "tilted.shape", "0", True),
        ("radio", "tilted.shape", "1", False),
    ]
    assert ("fieldset", {"name": "shape"}) in page.tags
    assert all(attrs["aria-live"] == "off" for tag, attrs in page.tags if tag == "output")


def test_the_sentence_comes_first_then_the_picture_then_one_line_and_the_rest_folded(tmp_path):
    def told(fig, k):
        """See the line
        turn.

        Blue, solid: it.

        Grey: nothing.
        """
        fig.subplots()
        return f"Frame {k}."

    made = explore(told, k=slider(0, 1, 1))
    html = made.baked(tmp_path)
    order = ['class="explorer-controls"', "Frame 0.</p>", "<svg", "See the line turn.</p>",
             "<details><summary>How to read this figure</summary>", "<p>Blue, solid: it.</p><p>Grey: nothing.</p>"]  # fmt: skip
    assert sorted(html.index(part) for part in order) == [html.index(part) for part in order]
    assert 'aria-labelledby="told-about told-more"' in html and '<div id="told-more">' in html
    assert made.about == "See the line turn. Blue, solid: it. Grey: nothing."
    assert "<details" not in tilted_explorer().baked(tmp_path)


def test_formulas_are_left_to_mathjax_and_dollars_that_are_prices_stay(tmp_path):
    def priced(fig, lam):
        r"""At $5 and $6, see $\\hat w < 1$."""
        fig.subplots()
        return rf"It costs \$5 at $\lambda = {lam}$."

    html = explore(priced, lam=slider(0, 1, 1, label=r"$\lambda$")).baked(tmp_path)
    assert r'<p class="mathjax_process" id="priced-about">At $5 and $6, see \(\\hat w &lt; 1\).</p>' in html
    assert r'<p class="explorer-says mathjax_process" aria-live="polite">It costs $5 at \(\lambda = 0\).</p>' in html
    assert r'<span class="mathjax_process">\(\lambda\)</span>' in html
    assert json.loads(Page(html).script)["captions"][1] == r"It costs $5 at \(\lambda = 1\)."
    assert "mathjax_process" not in tilted_explorer().baked(tmp_path)


def test_ids_carry_the_explorers_name_and_every_reference_has_its_target(tmp_path):
    explorer = tilted_explorer()
    frames = frames_of(explorer, Page(explorer.baked(tmp_path)))
    for frame in frames:
        text = "".join(frame)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert ids and all(i.startswith("tilted-") for i in ids)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(ids)


def test_colours_of_the_palette_become_variables(tmp_path):
    html = tilted_explorer().baked(tmp_path)
    assert "var(--reg-blue)" in html and "var(--reg-ink)" in html
    figure, rest = html.split(">", 1)
    assert not any(light in rest for light, _ in style.PALETTE.values())
    blue, dark_blue = style.PALETTE["blue"]
    assert f"--reg-blue:light-dark({blue},{dark_blue})" in figure and "--reg-gold" not in figure


def test_frames_share_their_pieces(tmp_path):
    def moving(fig, at):
        """A dot moves along a line of many dots."""
        ax = fig.subplots()
        ax.plot(X_DATA, Y_DATA, "o", color=style.INK)
        ax.plot([at], [0], "o", color=style.BLUE)
        ax.set(xlim=(-3, 3), ylim=(-3, 3))
        return f"The dot is at {at:g}."

    def size(steps):
        return len(gzip.compress(explore(moving, at=slider(0, 2, 2 / steps)).baked(tmp_path).encode()))

    # forty frames more cost less than one whole picture more
    assert size(41) - size(1) < len(gzip.compress(explore(moving, at=slider(0, 2, 2)).frame((0,), "svg")[0]))


def test_a_figure_without_sliders_has_no_controls_and_no_script(tmp_path):
    def still(fig):
        """A line."""
        fig.subplots().plot([0, 1], [0, 1], color=style.BLUE)
        return "Nothing moves."

    html = explore(still).baked(tmp_path)
    assert "<script" not in html and "<input" not in html and "Nothing moves." in html
    assert set(explore(still)._repr_mimebundle_()) == {"text/plain", "image/png"}


def test_what_was_baked_is_kept_until_the_explorer_changes(tmp_path):
    drawn = []

    def counted(fig, k):
        """Nothing but a count."""
        fig.subplots()
        drawn.append(k)
        return f"Frame {k}."

    first = explore(counted, k=slider(0, 2, 1)).baked(tmp_path)
    assert drawn == [0, 1, 2]
    assert explore(counted, k=slider(0, 2, 1)).baked(tmp_path) == first
    assert drawn == [0, 1, 2]
    explore(counted, k=slider(0, 3, 1)).baked(tmp_path)
    assert drawn == [0, 1, 2, 0, 1, 2, 3]


def test_the_key_of_what_was_baked_knows_the_cells_that_ran(monkeypatch):
    cells = ["a = 1"]
    shell = type("Shell", (), {"user_ns": {"In": cells}})()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    before = tilted_explorer()._key()
    assert tilted_explorer()._key() == before
    cells[0] = "a = 2"
    assert tilted_explorer()._key() != before


def test_the_key_of_what_was_baked_knows_the_explorer_but_not_how_sphinx_is_told_of_it(tmp_path, monkeypatch):
    for name in ("explorer", "cut", "sphinx"):
        (tmp_path / f"{name}.py").write_text("a = 1", encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "explorer.py"))
    before = tilted_explorer()._key()
    (tmp_path / "sphinx.py").write_text("a = 2", encoding="utf-8")
    assert tilted_explorer()._key() == before
    (tmp_path / "cut.py").write_text("a = 2", encoding="utf-8")
    assert tilted_explorer()._key() != before


def worded(fig, k):
    """Read."""
    fig.text(0.5, 0.5, "hello")
    return f"k is {k}."


def never_drawn(fig, slope):
    """See nothing."""
    raise AssertionError("drawn")


def test_a_saved_explorer_is_a_whole_page_that_brings_its_player(tmp_path):
    tilted_explorer().save(tmp_path / "it.html")
    text = (tmp_path / "it.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>") and "<title>tilted</title>" in text
    assert text.count("window.playExplorers = begin") == text.count("</figure>") == text.count(".explorer-controls[hidden]") == 1
    assert "playExplorers" not in tilted_explorer().html(player=False)
    for wrong in (0, None, "no"):
        with pytest.raises(ValueError, match="player must be True or False"):
            tilted_explorer().html(player=wrong)
    with pytest.raises(ValueError, match="path must be the name of a file, got 3"):
        tilted_explorer().save(3)
    with pytest.raises(ValueError, match=r"path must name a file in a folder that exists, got .*nowhere"):
        tilted_explorer().save(tmp_path / "nowhere" / "it.html")
    with pytest.raises(ValueError, match=r"path must name a file in a folder that exists, got"):
        explore(never_drawn, slope=slider(0, 2, 0.5)).save(tmp_path)
    broken = explore(tilted, slope=slider(0, 2, 0.5), shape=choice(["solid", "\ud800"]))
    with pytest.raises(UnicodeEncodeError):
        broken.save(tmp_path / "it.html")
    assert (tmp_path / "it.html").read_text(encoding="utf-8") == text  # what stood there is not lost


def test_on_a_page_of_nobody_the_first_explorer_brings_the_player_for_all(monkeypatch):
    monkeypatch.setenv("REGLESSON_BAKE", "inline")
    monkeypatch.setattr(settings.current, "player_is_there", False)
    first, second = (tilted_explorer()._repr_mimebundle_()["text/html"] for _ in range(2))
    assert [text.count("window.playExplorers = begin") for text in (first, second)] == [1, 0]
    assert second.endswith("<script>window.playExplorers?.()</script>")  # should the page stand already


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"palette": {"Blue": ("#0067b1", "#5cb3f2")}}, "lower-case letters, digits and hyphens, got 'Blue'"),
        ({"palette": {"blue": "#0067b1"}}, 'two colours like "#0067b1" for \'blue\''),
        ({"palette": {"blue": ("#0067b1", "red")}}, 'two colours like "#0067b1" for \'blue\''),
        ({"palette": ["blue"]}, "palette must be a dict, got"),
        ({"rc": 3}, "rc must be a dict, got 3"),
        ({"most_frames": 0}, "most_frames must be an integer from 1"),
        ({"most_bytes": 1.5}, "most_bytes must be an integer from 1"),
        ({"most_frames": 7, "most_bytes": 0}, "most_bytes must be an integer from 1"),
    ],
)
def test_settings_that_are_none_are_refused_by_name_and_change_nothing(wrong, said):
    before = dataclasses.replace(settings.current)
    with pytest.raises(ValueError, match=re.escape(said)):
        settings.configure(**wrong)
    assert settings.current == before


def test_a_palette_without_ink_and_paper_is_legible_on_a_dark_page(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "current", settings.Settings(settings.PALETTE, settings.RC, 3000, 5_000_000))
    settings.configure(palette={"blue": ("#1f77b4", "#5cb3f2")})
    head, rest = tilted_explorer().baked(tmp_path).split(">", 1)
    assert "--reg-ink:light-dark(#000000,#e8eaed)" in head and 'fill="var(--reg-ink)"' in rest and "#000000" not in rest
    settings.configure(palette={"ink": ("#123456", "#abcdef")})
    assert settings.current.palette["ink"] == ("#123456", "#abcdef") and settings.black() == "var(--reg-ink)"
    settings.configure(palette={"black": ("#000000", "#eeeeee")})
    head, rest = explore(worded, k=slider(1, 2, 1)).baked(tmp_path).split(">", 1)
    assert "--reg-black:light-dark(#000000,#eeeeee)" in head and 'fill="var(--reg-black)"' in rest


def test_a_figure_on_which_nothing_is_drawn_is_refused():
    def elsewhere(fig, k):
        "See nothing."
        return f"k is {k}."

    with pytest.raises(RuntimeError, match=r"draw must draw on the figure that it is given, as with fig\.subplots\(\)"):
        explore(elsewhere, k=slider(1, 3, 1)).html()


def test_without_settings_matplotlibs_colours_have_a_dark_page_and_black_is_ink(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "current", settings.Settings(settings.PALETTE, settings.RC, 3000, 5_000_000))

    def plain(fig):
        """A plain figure."""
        ax = fig.subplots()
        ax.plot([0, 1], [0, 1])
        ax.plot([0, 1], [1, 0], "ko")
        ax.set(xlabel="x", ylabel="y")
        return "Plain."

    head, rest = explore(plain).baked(tmp_path).split(">", 1)
    assert "--reg-blue:light-dark(#1f77b4,#5cb3f2)" in head and "--reg-ink:light-dark(#000000,#e8eaed)" in head
    assert "stroke:var(--reg-blue)" in rest and 'fill="var(--reg-ink)"' in rest
    assert not re.search("#000000|#1f77b4", rest)


def test_text_of_a_label_can_not_break_out_of_the_page(tmp_path):
    def odd(fig, k):
        """Is 1 < 2 & 3 > 2?"""
        fig.subplots().set_title("a < b </script> & c")
        return f"</script><b>{k}"

    html = explore(odd, k=slider(0, 1, 1, label="<k>")).baked(tmp_path)
    assert html.count("</script>") == 1 and html.endswith("</script></figure>")
    assert json.loads(Page(html).script)["captions"] == ["</script><b>0", "</script><b>1"]
    assert "&lt;k&gt;" in html and "1 &lt; 2 &amp; 3" in html


def test_words_of_a_choice_do_not_open_a_comment_or_a_script(tmp_path):
    def odd(fig, word):
        """Words of HTML."""
        fig.subplots()
        return f"The word is {word}."

    words = ["<!-- <script>", "<SCRIPT>", "plain"]
    html = explore(odd, word=choice(words)).baked(tmp_path)
    assert html.count("<!--") == 0 and len(re.findall("<script", html, re.IGNORECASE)) == 1
    assert json.loads(Page(html).script)["sliders"][0]["texts"] == words


def test_more_frames_or_bytes_than_the_limit_are_refused_with_a_way_out(tmp_path, monkeypatch):
    drawn = []

    def crowded(fig, a, b):
        """Many dots."""
        drawn.append((a, b))
        fig.subplots().plot(np.random.default_rng(a).normal(size=(4000, 2)), "o", color=style.INK)
        return f"Dots {a}, {b}."

    made = explore(crowded, a=slider(0, 99, 1), b=slider(0, 99, 1))
    with pytest.raises(RuntimeError, match=r"10,000 frames to draw, and the limit is 3,000: .*most_frames=10000"):
        made.baked(tmp_path)
    assert drawn == []
    monkeypatch.setattr(settings.current, "most_bytes", 50_000)
    with pytest.raises(RuntimeError, match=r"crowded has [\d,]+ bytes of pictures after 1 of 4 frames.*rasterized=True"):
        explore(crowded, a=slider(0, 1, 1), b=slider(0, 1, 1)).baked(tmp_path)


# -- errors -------------------------------------------------------------------------------------------------------


def test_a_warning_in_any_frame_is_an_error_that_names_the_explorer_and_the_values(tmp_path):
    def frail(fig, lam):
        """Warns at one value."""
        if lam == 10:
            warnings.warn("division by zero", RuntimeWarning, stacklevel=1)
        fig.subplots()
        return "Drawn."

    with pytest.raises(RuntimeError, match=r"explorer frail failed at \{'lam': 10.0\}: RuntimeWarning: division by zero"):
        explore(frail, lam=log_slider(1, 100, steps=3)).baked(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_deprecation_is_the_drawings_fault_unless_it_is_matplotlibs_own():
    def dated(fig, by):
        """Uses what will be gone."""
        fig.subplots()
        warnings.warn_explicit("gone soon", DeprecationWarning, "some.py", 1, module=by)
        return f"Used by {by}."

    shown = explore(dated, by=choice(["matplotlib.figure", "__main__"]))
    assert shown.sentence((0,)) == "Used by matplotlib.figure."
    with pytest.raises(RuntimeError, match=r"'by': '__main__'\}: DeprecationWarning: gone soon"):
        shown.sentence((1,))


def test_a_draw_function_must_return_a_sentence():
    def silent(fig):
        """A figure."""
        fig.subplots()

    with pytest.raises(RuntimeError, match="must return a sentence, got None"):
        explore(silent).text()


def test_cut_text_is_refused():
    def long_title(fig):
        """A title."""
        fig.subplots().set_title("a title that is far longer than any figure of this course is wide, and so is cut")
        return "Drawn."

    def two_titles(fig):
        """Two titles."""
        one, other = fig.subplots(1, 2)
        one.set_title("a title that is longer than the panel")
        other.set_title("short")
        return "Drawn."

    for format in ("png", "svg"):
        with pytest.raises(RuntimeError, match="edge cuts the title 'a title"):
            explore(long_title).frame((), format)
        with pytest.raises(RuntimeError, match="run into each other"):
            explore(two_titles).frame((), format)


# -- live ---------------------------------------------------------------------------------------------------------


def test_moving_a_live_slider_changes_the_picture_and_the_caption():
    import ipywidgets

    made = []
    original = ipywidgets.VBox.__init__

    def remember(self, *args, **kwargs):
        original(self, *args, **kwargs)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ipywidgets.VBox, "__init__", remember)
        tilted_explorer()._repr_mimebundle_()
    slope, shape, says, picture, caption = made[0].children
    before = picture.value
    assert "a line whose slope" in caption.value
    assert "The slope is 0.5, and the line is solid." in says.value
    slope.value = 2.0
    assert "The slope is 2, and the line is solid." in says.value
    assert picture.value != before
    shape.index = 1
    assert "The slope is 2, and the line is dashed." in says.value
    slope.value, shape.index = 0.5, 0
    assert picture.value == before


@pytest.mark.parametrize("made", [log_slider(1e-6, 10), slider(0, 1, 0.1), slider(1, 5, 1), choice(["a", "b"])])
def test_live_sliders_run_over_the_same_values_with_the_same_readouts_as_baked_ones(made):
    widget = live.widget(made)
    assert widget.index == made.start
    for i, (value, text) in enumerate(zip(made.values, made.texts, strict=True)):
        widget.index = i
        assert (widget.label, widget.value) == (text, value)


def test_an_artist_that_draws_nothing_leaves_no_piece():
    svg = f'<svg xmlns="{cut.SVG}" viewBox="0 0 9 9"><g id="patch_1"/><g id="line_1"><path d="M 0 0"/></g></svg>'
    assert cut.cut(svg, "it") == ("0 0 9 9", ['<g><path d="M0 0" /></g>'])


def test_what_is_drawn_is_told_to_the_terminal_and_not_to_the_page(monkeypatch, capfd):
    """A kernel puts its own stderr in front of the real one, which it keeps."""
    real, terminal = os.pipe()
    module._say("told to nobody")
    monkeypatch.setattr(sys, "stderr", type("Kernel", (), {"_original_stdstream_copy": terminal})())
    module._say("told")
    os.close(terminal)
    with os.fdopen(real) as pipe:
        assert pipe.read() == "told\n"
    assert capfd.readouterr().err == ""
