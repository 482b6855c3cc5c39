"""The explorer as an extension of Sphinx: what it serves, what it sets, and a cache that knows what notebooks depend on."""

import os
import shutil

import pytest
from conftest import sphinx_app

from reglesson.explore import sphinx


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A project that has the one line, built."""
    monkeypatch.setenv("REGLESSON_BAKE", "set-and-restored")
    (tmp_path / "conf.py").write_text("extensions = ['myst_nb', 'reglesson.explore']\n", encoding="utf-8")
    (tmp_path / "index.rst").write_text("A page\n======\n", encoding="utf-8")
    with sphinx_app(tmp_path) as app:
        app.build()
        yield app


def test_the_site_brings_the_player_and_its_style_sheet(app):
    page = (app.outdir / "index.html").read_text(encoding="utf-8")
    for name in ("player.js", "explorer.css"):
        assert page.count(f"_static/{name}") == 1
        assert (app.outdir / "_static" / name).is_file()
    script = (app.outdir / "_static" / "player.js").read_text(encoding="utf-8")
    source = (sphinx.PACKAGE / "player.js").read_text(encoding="utf-8")
    assert "playExplorers" in script and "//" not in script and len(script) < len(source)


def test_one_line_has_notebooks_executed_once_and_explorers_baked(app, tmp_path):
    assert app.config.nb_execution_mode == "cache" and app.config.nb_ipywidgets_js == {}
    assert ["html", "text/html", 0] in app.config.nb_mime_priority_overrides
    folder = app.doctreedir / "explore"
    assert os.environ["REGLESSON_BAKE"] == str(sphinx.frames_path(folder, tmp_path))
    assert app.config.nb_execution_cache_path == str(sphinx.cache_path(folder, tmp_path))


def test_what_the_author_has_set_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("REGLESSON_BAKE", "set-and-restored")
    (tmp_path / "conf.py").write_text(
        "extensions = ['reglesson.explore', 'myst_nb']\nnb_execution_mode = 'off'\nnb_ipywidgets_js = {'a.js': {}}\n"
        "nb_mime_priority_overrides = [('html', 'image/png', 1)]\nexplore_folder = 'kept'\nexplore_depends = ['*.dat']\n",
        encoding="utf-8",
    )
    (tmp_path / "some.dat").write_text("1", encoding="utf-8")
    with sphinx_app(tmp_path) as app:
        config = app.config
    assert (config.nb_execution_mode, config.nb_ipywidgets_js) == ("off", {"a.js": {}})
    assert [tuple(each) for each in config.nb_mime_priority_overrides] == [("html", "image/png", 1), ("html", "text/html", 0)]
    assert config.nb_execution_cache_path == str(sphinx.cache_path(tmp_path / "kept", tmp_path, ["*.dat"]))


def test_the_cache_changes_with_what_notebooks_depend_on_and_with_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "book" / "_static").mkdir(parents=True)
    for name in ("helper.py", "data.csv", "page.md", "_static/some.py"):
        (tmp_path / "book" / name).write_text("a = 1", encoding="utf-8")
    before = sphinx.cache_path(tmp_path, tmp_path)
    assert sphinx.cache_path(tmp_path, tmp_path) == before and before.parent == tmp_path / ".jupyter_cache"
    for name, changes in (("page.md", False), ("_static/some.py", False), ("data.csv", True), ("helper.py", True)):
        (tmp_path / "book" / name).write_text("a = 2", encoding="utf-8")
        after = sphinx.cache_path(tmp_path, tmp_path)
        assert (after != before) == changes, name
        assert sphinx.frames_path(tmp_path, tmp_path).name == after.name
        before = after
    monkeypatch.setattr(sphinx.importlib.metadata, "version", lambda name: "0.0.1")
    assert sphinx.cache_path(tmp_path, tmp_path) != before


def test_the_cache_knows_the_explorer_but_not_how_sphinx_is_told_of_it(tmp_path, monkeypatch):
    copy = tmp_path / "reglesson" / "explore"
    shutil.copytree(sphinx.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sphinx.explorer, "__file__", str(copy / "explorer.py"))
    monkeypatch.setattr(sphinx, "__file__", str(copy / "sphinx.py"))
    before = sphinx.state(tmp_path, sphinx.DEPENDS)
    for name, changes in (("sphinx.py", False), ("player.js", False), ("cut.py", True)):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        assert (sphinx.state(tmp_path, sphinx.DEPENDS) != before) == changes, name
