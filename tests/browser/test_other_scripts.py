"""Figures whose names are in another alphabet, and figures on pages that are read from right to left."""


import pytest
from conftest import open_page, serving

from reglesson.explore import explore, log_slider, page, slider


def λ_path(fig, λ):
    """Look at the weight."""
    fig.subplots().plot([0, 1], [0, λ])
    return f"At λ = {λ:g} the weight is {1 / (1 + λ):.3f}."


def titled(fig, k):
    """Look at the title."""
    ax = fig.subplots()
    ax.plot([-1000, 1000], [0, k])
    ax.set(title="The weight is smaller than before", xlabel="penalty (no unit)", ylim=(-9, 9))
    return f"This is {k}."


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The address of a page that is read from left to right, and of the same from right to left."""
    folder = tmp_path_factory.mktemp("pages")
    figures = [explore(λ_path, λ=log_slider(0.1, 10, value=1, steps=5)), explore(titled, k=slider(1, 3, 1))]
    links = '<p><a href="#%CE%BB-path?%CE%BB=10">written as a browser does</a> <a href="#λ-path?λ=0.1">as people do</a></p>'
    for way in ("ltr", "rtl"):
        text = page.document("Figures", figures[0].html() + links + figures[1].html(player=False))
        (folder / f"{way}.html").write_text(text.replace("<html", f'<html dir="{way}"'), encoding="utf-8")
    with serving(folder) as address:
        yield address


@pytest.fixture
def look(browser, pages):
    """Open pages of the folder."""
    opened = []

    def at(name, **options):
        opened.append(open_page(browser, pages, name, wait=False, **options))
        return opened[-1]

    yield at
    for each in opened:
        assert each.trouble == []
        each.context.close()


def says(page):
    return page.locator("[id='λ-path'] .explorer-says").first.inner_text()


def test_a_figure_of_another_alphabet_is_found_by_its_address_and_by_links(look):
    page = look("ltr.html")
    assert "λ = 1 " in says(page)
    page.locator("[id='λ-path'] input").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash !== ''")
    moved = says(page)
    assert "λ = 1 " not in moved
    again = look(page.url.rsplit("/", 1)[1])
    assert says(again) == moved
    for name, value in (("written", "λ = 10 "), ("as people", "λ = 0.1 ")):
        again.get_by_role("link", name=name).click()
        assert value in says(again)


# where each text of a picture begins and ends, from the picture's left
TEXTS = """() => [...document.querySelectorAll("figure svg text")].map((text) => {
  const box = text.getBoundingClientRect(), left = text.closest("svg").getBoundingClientRect().left;
  return [text.textContent, box.left - left, box.right - left];
})"""


@pytest.mark.parametrize("width", [1280, 390])
def test_on_a_page_from_right_to_left_the_words_of_a_picture_stay_where_they_belong(look, width):
    left, right = (look(f"{way}.html", width=width).evaluate(TEXTS) for way in ("ltr", "rtl"))
    assert len(left) == len(right) > 10
    for (text, *here), (_, *there) in zip(left, right, strict=True):
        assert here == pytest.approx(there, abs=1), text
