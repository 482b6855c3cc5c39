"""The reference pages: nothing public is left out of the package's page, every link arrives, each mistake has its number."""

import ast
import html
import importlib
import inspect
import re

import nbformat
import pytest
from conftest import NO_SLIDERS
from test_book import CHAPTERS, FENCE, ROOT, code_cells, name_of, printed, prose, read

from reglesson import exercises

BOOK = ROOT / "book"
PAGES = ("start", "summary", "conventions", "mistakes", "glossary", "api", "teaching")
OF_THE_SITE = {"style"}  # what a reader never imports, as are modules that begin with an underscore
MODULES = sorted({path.stem for path in (ROOT / "reglesson").glob("[!_]*.py")} - OF_THE_SITE | {"explore"})


def source(name):
    return next(path for path in (BOOK / f"{name}.ipynb", BOOK / f"{name}.md", ROOT / f"{name}.ipynb") if path.is_file())


# -- the package's pages ---------------------------------------------------------------------------------------


def public(module):
    """The functions and classes that a module defines for others, and the classes' methods: {name: object}."""
    found = {}
    for name, item in vars(importlib.import_module(f"reglesson.{module}")).items():
        if name.startswith("_") or not f"{getattr(item, '__module__', None)}.".startswith(f"reglesson.{module}."):
            continue
        found[name] = item
        if inspect.isclass(item):
            own = {k: getattr(v, "__func__", v) for k, v in vars(item).items() if not k.startswith("_")}
            found |= {f"{name}.{k}": v for k, v in own.items() if inspect.isfunction(v) or isinstance(v, property)}
    return found


def shown(site, module):
    """The page of a module as it was built."""
    return (site / "book" / "api" / f"{module}.html").read_text(encoding="utf-8")


def bare(text):
    """A text without anything but letters and digits."""
    return re.sub(r"[\W_]+", "", text).lower()


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_stands_on_the_page_of_its_module_and_in_its_table(site, module):
    page = shown(site, module)
    checks = {check.__name__ for check in exercises.CHECKS.values()} if module == "exercises" else set()
    wanted = {name for name, item in public(module).items() if name not in checks and callable(getattr(item, "fget", item))}
    wanted -= {"setup"}  # which Sphinx calls, and nobody else
    assert {name for name in wanted if f'id="reglesson.{module}.{name}"' not in page} == set()
    [table] = re.findall(r'<table class="autosummary.*?</table>', page, re.DOTALL)
    assert set(re.findall(rf'href="#reglesson\.{module}\.(\w+)"', table)) == {name for name in wanted if "." not in name}
    assert f"(api/{module}.md)" in prose(BOOK / "api.md")


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_come_out_as_they_were_written(site, module):
    article = re.search(r"<article.*</article>", shown(site, module), re.DOTALL)[0]
    there = bare(html.unescape(re.sub(r"<[^>]+>", "", article)))
    checks = {check.__name__ for check in exercises.CHECKS.values()} if module == "exercises" else set()
    items = {module: importlib.import_module(f"reglesson.{module}"), **public(module)}
    for name, item in items.items():
        lines = (inspect.getdoc(item) or "").splitlines() if name not in checks | {"setup"} else []
        for line in lines:
            words = bare(re.sub(r"^\.\. (\[\d+\])?|\s*# doctest:.*", "", line))  # what is said to doctest alone is no text
            assert words in there, f"{module}.{name}: {line}"


def entry(site, module, name):
    """What a module's page says of one function."""
    begins = rf'<dt class="sig sig-object py" id="reglesson\.{module}\.{name}">'
    [found] = re.findall(rf'{begins}.*?</dl>(?=\s*(?:<dl class="py|</section))', shown(site, module), re.DOTALL)
    return found


def test_a_function_on_the_page_links_to_classes_to_its_code_and_to_figures(site):
    curves, train, ridge = entry(site, "figures", "learning_curves"), entry(site, "network", "train"), entry(site, "l2", "ridge")
    assert curves.count('href="network.html#reglesson.network.History"') == 2, "in the signature and as a parameter's type"
    assert 'href="#reglesson.network.History"' in train.split("</dt>")[0], "what it returns"
    assert 'href="../../_modules/reglesson/network.html#train"' in train
    assert 'href="../../book/l2.html#sixty-months"' in ridge


# -- links -----------------------------------------------------------------------------------------------------


def slugs(name):
    """The addresses of a page's headings, as MyST makes them."""
    text = re.sub(r"^```.*?^```", "", prose(source(name)), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#{1,3} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def sliders(name):
    """The explorers of a notebook: {name on the page: names of its sliders}."""
    calls = [n for c in code_cells(source(name)) for n in ast.walk(ast.parse(c.source)) if isinstance(n, ast.Call)]
    shown = [call for call in calls if ast.unparse(call.func) == "explore"]
    return {c.args[0].id.replace("_", "-"): {k.arg for k in c.keywords} - NO_SLIDERS for c in shown}


@pytest.mark.parametrize("name", PAGES)
def test_links_to_chapters_sections_and_sliders_arrive(name):
    text = prose(source(name))
    for page, heading in re.findall(r"\]\((\w+)\.(?:ipynb|md)(?:#([\w-]+))?\)", text):
        assert not heading or heading in slugs(page), f"{page} has no heading {heading}"
    for page, figure, state in re.findall(r'<a href="(?:(\w+)\.html)?#([\w-]+)\?([^"]+)"', text):
        asked = {part.split("=")[0] for part in state.split("&")}
        assert asked <= sliders(page or name).get(figure, set()), f"{page} has no explorer {figure} with {asked}"


# -- glossary and mistakes -------------------------------------------------------------------------------------


# Words of every page, or with an everyday sense beside their own (units of measurement, a path of gradient descent): a
# link for each would be noise. The chapter that explains them links them too.
EVERYDAY = {"bias", "feature", "grid", "intercept", "loss", "noise", "path", "penalty", "response", "seed", "signal", "unit",
            "variance", "weight", "purse"}  # fmt: skip
ENTRY = re.compile(r"^(\S.*)\n  (\S.*)$", re.MULTILINE)
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`")


def glossary():
    """The entries: {term: definition}."""
    return dict(ENTRY.findall(prose(BOOK / "glossary.md").split(":sorted:")[1]))


def linked(name):
    """The terms that a page links to its glossary, one for each link."""
    return [term.lower() for term in TERM.findall(prose(source(name)))]


def running_text(name):
    """The paragraphs of a page: no boxes, headings, formulas, code, roles or links."""
    lines, fence = [], None
    for line in prose(source(name)).splitlines():
        opens = FENCE.match(line.strip())
        if fence is None and opens:
            fence = opens[1]
        elif fence is not None:
            fence = None if line.strip() == fence else fence
        elif not line.startswith("#"):
            lines.append(line)
    text = re.sub(r"\$\$.*?\$\$", " ", "\n".join(lines), flags=re.DOTALL)
    return re.sub(r"\$[^$]*\$|(?:\{[\w:]+\})?`[^`]*`|<a .*?</a>|\[[^\]]*\]\([^)]*\)", " ", text, flags=re.DOTALL)


def words_used(text, terms):
    """Those of the terms that stand in a text, in singular or plural; of "weight decay" the weight is not counted."""
    used = set()
    for term in sorted(terms, key=len, reverse=True):
        same_case = re.NOFLAG if re.search(r"[A-Z]", term) else re.IGNORECASE
        text, count = re.subn(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])".replace(r"\ ", r"\s+"), " ", text, flags=same_case)
        used |= {term} if count else set()
    return used


def test_every_term_is_explained_once_and_says_where():
    terms = [term.lower() for term, _ in ENTRY.findall(prose(BOOK / "glossary.md").split(":sorted:")[1])]
    assert len(terms) > 60 and len(terms) == len(set(terms))
    for term, definition in glossary().items():
        assert re.search(r"\]\(\w+\.(ipynb|md)[^)]*\)|\{term\}", definition), f"{term}: no link"
    for name in ("index", *PAGES, *map(name_of, CHAPTERS)):
        assert set(linked(name)) <= set(terms), f"{name}: {set(linked(name)) - set(terms)}"


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_a_chapter_links_each_of_its_terms_to_the_glossary_once(path):
    found = linked(path.stem)
    assert len(found) == len(set(found)), f"twice: {sorted(term for term in set(found) if found.count(term) > 1)}"
    used = words_used(running_text(path.stem), glossary()) - EVERYDAY
    explained = {term for term, definition in glossary().items() if f"]({path.name}" in definition}
    missing = {term for term in used | explained if term.lower() not in found} - EVERYDAY
    assert not missing, f"not linked: {sorted(missing)}"
    for paragraph in re.split(r"\n\s*\n", prose(path)):
        assert len(TERM.findall(paragraph)) < 5, f"too many links to read:\n{paragraph}"


def test_a_word_is_found_in_the_plural_and_not_within_a_longer_term():
    terms = {"weight", "weight decay", "batch", "Adam", "AdamW", "MAP"}
    assert words_used("Two weights. A mini-batch of Adam's, weight\ndecay, a map.", terms) == {"weight", "Adam", "weight decay"}
    assert words_used("Weight\ndecay.", terms) == {"weight decay"}
    assert EVERYDAY <= set(glossary())


def test_each_of_the_mistakes_has_a_number_and_says_what_is_right_and_where():
    found, current = {}, None
    for cell in read(BOOK / "mistakes.ipynb").cells:
        for part in re.split(r"^(?=##)", cell.source, flags=re.MULTILINE) if cell.cell_type == "markdown" else [""]:
            heading = re.match(r"### (\d+)\. [“\"]", part)
            current = int(heading[1]) if heading else None if part.startswith("## ") else current
            if current:
                found.setdefault(current, nbformat.from_dict({"text": "", "out": ""})).text += part
        if cell.cell_type == "code" and current:
            found[current].out += printed(cell)
    assert list(found) == list(range(1, 22))
    for number, entry in found.items():
        assert re.search(r"\d", entry.out), f"{number} has no computed number"
        assert "*Right:*" in entry.text and re.search(r"See \[.+\]\(\w+\.ipynb", entry.text), number


# -- print -----------------------------------------------------------------------------------------------------


def test_the_summary_sheet_prints_on_one_page(visit):
    page = visit("book/summary.html")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))) == 1
