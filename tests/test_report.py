"""The link at each section that reports a mistake, where the repository is known."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
import report
from conftest import sphinx_app

import reglesson

PAGE = "A page\n======\n\nWords.\n\nHow *much* & why: :math:`x < 1`?\n--------------------------------\n\nMore.\n"


class Links(HTMLParser):
    """The links that report a mistake: (attributes, words)."""

    def __init__(self, text):
        super().__init__()
        self.found, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Note such a link."""
        attributes = dict(attributes)
        self.inside = tag == "a" and "report" in attributes.get("class", "").split()
        if self.inside:
            self.found.append(attributes)


@pytest.fixture
def built(tmp_path):
    """Build a page of two sections, in a repository or in none."""

    def build(repository, monkeypatch):
        monkeypatch.setenv("GITHUB_REPOSITORY", repository)
        settings = "extensions = ['report']\nsource_suffix = '.rst'\n"
        (tmp_path / "conf.py").write_text(settings, encoding="utf-8")
        (tmp_path / "index.rst").write_text(PAGE, encoding="utf-8")
        with sphinx_app(tmp_path) as app:
            app.build()
            return (app.outdir / "index.html").read_text(encoding="utf-8")

    return build


def test_each_section_has_a_link_that_fills_in_page_section_and_version(built, monkeypatch):
    found = Links(built("some/course", monkeypatch)).found
    *found, last = found
    assert len(found) == 2 and parse_qs(urlsplit(last["href"]).query)["title"] == ["index"]
    for link, section in zip(found, ("A page", r"How much & why: \(x < 1\)?"), strict=True):
        assert link["aria-label"] == f"Report a mistake in: {section}"
        place = urlsplit(link["href"])
        assert f"{place.scheme}://{place.netloc}{place.path}" == "https://github.com/some/course/issues/new"
        filled = {name: values for name, values in parse_qs(place.query).items()}
        assert filled == {
            "template": [report.FORM],
            "title": [f"index: {section}"],
            "page": ["index"],
            "section": [section],
            "version": [reglesson.__version__],
        }


def test_where_the_repository_is_not_known_there_is_none(built, monkeypatch):
    text = built("", monkeypatch)
    assert "A page" in text and Links(text).found == []
