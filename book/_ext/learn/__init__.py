"""What the page asks a reader and remembers: predictions, quizzes, what was read; and the cards of the glossary.

Boxes are marked when Sphinx reads a page: a *Predict first* box with the
explorer that follows it and, where it lists answers as a task list, with the
right one; a question of a quiz; the terms that link to the glossary. What they
do is in `learn.js`, which keeps its notes in the reader's browser and nowhere
else, and loads `cards.js` with the first card that is shown and `guesses.js`
where guesses are gathered. Without it the page reads as a page.
"""

import hashlib
import html
import json
import re
from pathlib import Path

from beside import lay_beside
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
EXPLORES = re.compile(r"^explore\(\s*(\w+),\s*[^)\s]", re.MULTILINE)


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("doctree-read", mark_predictions)
    app.connect("doctree-read", mark_questions)
    app.connect("doctree-resolved", add_cards)
    app.connect("build-finished", lay_beside(HERE))
    app.add_directive("guesses", Guesses)
    app.add_js_file("../learn/learn.js", loading_method="async")
    app.add_css_file("../learn/learn.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def boxes(doctree, name):
    """The admonitions of a page that have a class."""
    return [box for box in doctree.findall(nodes.admonition) if name in box["classes"]]


def enclose(box, opening):
    """Put a box into an element of HTML; the box may hold anything."""
    at, parent = box.parent.index(box), box.parent
    parent[at : at + 1] = [nodes.raw("", opening, format="html"), box, nodes.raw("", "</div>", format="html")]


def short_hash(text):
    """What tells one wording of a question from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def take_answers(box):
    """Make a task list in a box a plain list; return the place of the item that was ticked, or None without such a list."""
    for items in box.findall(nodes.bullet_list):
        ticks = [next((raw for raw in item.findall(nodes.raw) if "checkbox" in raw.astext()), None) for item in items]
        if ticks and all(tick is not None for tick in ticks):
            right = [k for k, tick in enumerate(ticks) if "checked" in tick.astext()]
            if len(right) != 1:
                raise ValueError(f"a prediction has one right answer, this one has {len(right)}: {box.astext()[:60]!r}")
            for tick in ticks:
                tick.parent.remove(tick)
            items["classes"] = ["prediction-options"]
            for item in items:
                item["classes"] = []
            return right[0]
    return None


def mark_predictions(app, doctree):
    """Tell each *Predict first* box which explorer answers it, and what the right answer is."""
    page = app.env.docname.split("/")[-1].replace("_", "-")
    waiting, taken = [], set()
    for node in list(doctree.findall(lambda n: isinstance(n, (nodes.admonition, nodes.literal_block)))):
        if isinstance(node, nodes.admonition) and "predict" in node["classes"]:
            waiting.append(node)
        elif isinstance(node, nodes.literal_block) and EXPLORES.search(node.astext()):
            explorer = EXPLORES.search(node.astext())[1].replace("_", "-")
            for box in waiting:
                name = f"{page}-{explorer}"
                name = name if name not in taken else f"{name}-{len(taken)}"
                taken.add(name)
                right = take_answers(box)
                truth = "" if right is None else f' data-truth="{right}"'
                enclose(box, f'<div class="prediction" data-prediction="{name}" data-state="asked" data-explorer="{explorer}" '
                             f'data-hash="{short_hash(box.astext())}"{truth}>')  # fmt: skip
            waiting = []


def mark_questions(app, doctree):
    """Give each question of a quiz a name."""
    page = app.env.docname.split("/")[-1].replace("_", "-")
    for k, box in enumerate(boxes(doctree, "quiz"), 1):
        enclose(box, f'<div class="quiz-question" data-quiz="{page}-{k}" data-hash="{short_hash(box.astext())}" data-state="open">')


def definitions(app):
    """What the glossary says of its terms, in plain words: {id of the term: definition}."""
    found = {}
    for name in app.env.found_docs:
        if name.endswith("glossary"):
            for item in app.env.get_doctree(name).findall(nodes.definition_list_item):
                said = next(iter(item.findall(nodes.definition)), None)
                for term in item.findall(nodes.term):
                    found |= {i: " ".join(said.astext().split()) for i in term["ids"] if said is not None}
    return found


def add_cards(app, doctree, docname):
    """Bring along what the glossary says of the terms that a page links to."""
    links = [link["refuri"].split("#")[1] for link in doctree.findall(nodes.reference)
             if "glossary" in link.get("refuri", "") and "#term-" in link["refuri"]]  # fmt: skip
    if links and not docname.endswith("glossary"):
        if not hasattr(app.env, "reglesson_cards"):
            app.env.reglesson_cards = definitions(app)
        cards = {term: app.env.reglesson_cards[term] for term in dict.fromkeys(links) if term in app.env.reglesson_cards}
        text = json.dumps(cards, ensure_ascii=False).replace("<", "\\u003c")
        doctree += nodes.raw("", f'<script type="application/json" class="glossary-cards">{text}</script>', format="html")


class Guesses(SphinxDirective):
    """The place on which the page gathers what its reader guessed."""

    def run(self):
        """A sentence for those without script, and the element that the script fills."""
        words = html.escape("Nothing is kept yet. Guesses and quiz answers stand here once they were given, in this browser only.")
        return [nodes.raw("", f'<div class="guesses"><p>{words}</p></div>', format="html")]
