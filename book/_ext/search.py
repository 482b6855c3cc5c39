"""A search that learners can use: words as they type them lead to the right page, and lines of code are no hits.

`search.yml` beside this file lists, page by page, what people type for it:
other spellings, synonyms, whole questions. They go into Sphinx's index as
entries that stand on no page.
"""

import functools
from pathlib import Path

import yaml
from docutils import nodes

HERE = Path(__file__).parent


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("builder-inited", index_words_only)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def phrases(path=HERE / "search.yml"):
    """What people type: {page: [phrase, ...]}, all in small letters."""
    return {page: [phrase.lower() for phrase in found] for page, found in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def index_words_only(app):
    """Have the builder of the site index pages without code, and with the phrases that lead to them."""
    if app.builder.format == "html" and hasattr(app.builder, "index_page"):
        app.builder.index_page = functools.partial(index_page, app.builder, app.builder.index_page, phrases())


def index_page(builder, index, typed, pagename, doctree, title):
    """Index one page."""
    language, places = getattr(builder.indexer, "lang", None), []
    if language and not hasattr(language.stem, "cache_info"):
        language.stem = functools.cache(language.stem)  # pages share most of their words
    for code in [*doctree.findall(nodes.literal_block), *doctree.findall(nodes.raw)]:
        siblings = code.parent.children
        places.append((siblings, siblings.index(code), code))
        siblings.remove(code)
    index(pagename, doctree, title)
    for siblings, at, code in reversed(places):  # the page is still to be written
        siblings.insert(at, code)
    if builder.indexer is not None and pagename in typed:
        builder.indexer._index_entries[pagename] += [(phrase, "", "main") for phrase in typed[pagename]]
