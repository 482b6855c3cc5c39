"""The buttons that open a page's notebook."""

from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import home as whereabouts
import launch
import pytest


@pytest.fixture(autouse=True)
def no_workflow(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)


@pytest.mark.parametrize("home", [None, "Some/course"])
def test_a_notebook_gets_buttons_for_its_own_address_and_another_page_none(tmp_path, monkeypatch, home):
    monkeypatch.setattr(whereabouts, "repository", lambda root: home)
    files = {"book/l2": "book/l2.ipynb", "book/start": "book/start.md"}
    app = SimpleNamespace(env=SimpleNamespace(doc2path=files.get), confdir=tmp_path)
    context = {"header_buttons": []}
    launch.add_launch_buttons(app, "book/start", "", context, object())
    assert context["header_buttons"] == []
    launch.add_launch_buttons(app, "book/l2", "", context, object())
    urls = [button["url"] for button in context["header_buttons"][0]["buttons"]]
    assert urls[0] == "../lite/notebooks/index.html?path=book/l2.ipynb"
    assert urls[1:] == ([
        "https://mybinder.org/v2/gh/Some/course/HEAD?urlpath=lab/tree/book/l2.ipynb",
        "https://colab.research.google.com/github/Some/course/blob/HEAD/book/l2.ipynb",
    ] if home else [])  # fmt: skip


@pytest.mark.parametrize("home", [None, "Some/course"])
def test_binder_and_colab_are_spoken_of_where_the_repository_is_known_only(tmp_path, monkeypatch, home):
    monkeypatch.setattr(whereabouts, "repository", lambda root: home)
    config = SimpleNamespace(myst_substitutions={"other": "word"})
    launch.say_where_the_package_is(SimpleNamespace(confdir=tmp_path), config)
    words = config.myst_substitutions["elsewhere"]
    assert config.myst_substitutions["other"] == "word"
    assert ("Binder" in words and "git+https://github.com/Some/course`" in words) == bool(home) and (home or words == "")


@pytest.mark.parametrize("name", ["book/L1 & L2", "c++", "50 % = ½", "what?"])
def test_the_buttons_of_a_notebook_with_any_name_open_it(tmp_path, monkeypatch, name):
    monkeypatch.setattr(whereabouts, "repository", lambda root: "Some/course")
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda page: f"{page}.ipynb"), confdir=tmp_path)
    context = {"header_buttons": []}
    launch.add_launch_buttons(app, name, "", context, object())
    lite, binder, colab = (urlsplit(button["url"]) for button in context["header_buttons"][0]["buttons"])
    assert parse_qs(lite.query) == {"path": [f"{name}.ipynb"]}
    [within] = parse_qs(binder.query)["urlpath"]  # Binder sends the browser on to this address
    assert unquote(urlsplit(within).path) == f"lab/tree/{name}.ipynb" and not urlsplit(within).query
    assert unquote(colab.path) == f"/github/Some/course/blob/HEAD/{name}.ipynb" and not colab.query


def test_a_site_that_the_workflow_builds_opens_copies_that_install_the_package_and_asks_for_no_step(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "Some/course")
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda page: f"{page}.ipynb"), confdir=tmp_path)
    context, config = {"header_buttons": []}, SimpleNamespace(myst_substitutions={})
    launch.add_launch_buttons(app, "book/l2", "", context, object())
    assert context["header_buttons"][0]["buttons"][-1]["url"] == (
        "https://colab.research.google.com/github/Some/course/blob/colab/book/l2.ipynb"
    )
    launch.say_where_the_package_is(app, config)
    assert "pip" not in config.myst_substitutions["elsewhere"] and "installs it" in config.myst_substitutions["elsewhere"]
