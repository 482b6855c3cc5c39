"""What each page of the site gets: colours, mathematics from the site itself, a preview."""

import re
from types import SimpleNamespace

import pytest
import site_pages
from conftest import sphinx_app
from docutils import nodes

from reglesson import style


@pytest.fixture
def built(tmp_path):
    (tmp_path / "conf.py").write_text("extensions = ['site_pages']\n", encoding="utf-8")
    (tmp_path / "index.rst").write_text("A page\n======\n\n:math:`x`\n", encoding="utf-8")
    with sphinx_app(tmp_path) as app:
        app.build()
        yield app.outdir


def test_the_site_brings_its_own_colours_and_mathematics(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "https://cdn" not in page and "unpkg" not in page
    assert (built / "mathjax" / "tex-chtml.js").exists()
    assert len(list((built / "mathjax" / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))) > 10
    css = (built / "_static" / "reglesson.css").read_text(encoding="utf-8")
    for name, (light, dark) in style.PALETTE.items():
        assert f"--reg-{name}: {light};" in css and f"--reg-{name}: {dark};" in css


def test_a_page_says_what_it_is_to_those_who_get_a_link(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/here")
    page = nodes.document(None, None, "", nodes.paragraph(text="Short & sharp."))
    app = SimpleNamespace(config=SimpleNamespace(html_title="A course"), confdir=tmp_path)
    context = {"title": "L1 &amp; <em>L2</em>"}
    site_pages.add_preview(app, "book/l2", "", context, page)
    found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)" />', context["metatags"]))
    assert found["title"] == "L1 &amp; L2" and found["description"] == "Short &amp; sharp."
    assert found["site_name"] == "A course"
    assert found["url"] == "https://example.org/here/book/l2.html"
    assert found["image"] == "https://example.org/here/_static/preview.png"
    site_pages.add_preview(app, "book/l2", "", context, nodes.document(None, None, "", nodes.paragraph(text="long " * 99)))
    assert context["metatags"].rsplit('content="', 1)[1] == "long " * 39 + 'long …" />'


def test_pages_that_sphinx_makes_have_a_printed_heading_and_menus_whose_folds_have_names():
    for name, given, wanted in (("genindex", {}, "Index"), ("404", {"title": "None"}, "None"), ("l2", {"pagetitle": "L2"}, "L2")):
        context = dict(given)
        site_pages.name_generated_pages(None, name, "", context, None)
        assert context["pagetitle"] == wanted
    context = {"generate_toctree_html": lambda kind, depth: f"<details><summary>{kind} {depth}</summary></details>"}
    site_pages.name_folds_of_the_menu(None, "l2", "", context, None)
    made = context["generate_toctree_html"]("sidebar", depth=1)
    assert made == '<details><summary aria-label="Pages below">sidebar 1</summary></details>'


def test_a_long_signature_is_lines_and_other_definitions_stay():
    parameter = '<dd><em class="sig-param"><span>{}</span></em>,</dd>\n'
    rest = "<dl><dt>word</dt><dd>meaning</dd></dl>"
    context = {"body": f"<dl>\n{parameter.format('X')}{parameter.format('y')}</dl>\n{rest}"}
    site_pages.make_parameters_lines(None, "api", "", context, None)
    assert context["body"].count('<span class="sig-line">') == 2 and context["body"].count("sig-lines") == 1
    assert context["body"].endswith(f"</span>\n{rest}") and "<dd>" not in context["body"].removesuffix(rest)


@pytest.mark.parametrize(("name", "written"), [("book/L1 & L2", "book/L1%20%26%20L2"), ("c++", "c%2B%2B"), ("é", "%C3%A9")])
def test_the_preview_of_a_page_has_an_address_that_arrives(tmp_path, monkeypatch, name, written):
    monkeypatch.setenv("SITE_URL", "https://example.org/here")
    context = {"title": "Title"}
    app = SimpleNamespace(config=SimpleNamespace(html_title="A course"), confdir=tmp_path)
    site_pages.add_preview(app, name, "", context, nodes.document(None, None, "", nodes.paragraph(text="Short.")))
    assert f'content="https://example.org/here/{written}.html"' in context["metatags"]
