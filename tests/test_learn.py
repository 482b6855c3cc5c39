"""What the page asks its reader: boxes know their explorer and their right answer, terms bring their cards."""

import json
import re

import pytest
from conftest import sphinx_app
from sphinx.errors import ExtensionError

PAGE = """# A page

A {term}`guardrail` helps.

````{admonition} Predict first
:class: predict

What does the error do?

- [ ] it rises
- [x] it falls
````

```python
def draw(fig, lam): ...

explore(draw, lam=log_slider(1, 2))
```

````{admonition} Predict first
:class: predict

What next?
````

```python
explore(other_one, lam=log_slider(1, 2))
```

````{admonition} Question 1
:class: quiz

Which?

```{dropdown} This
Yes. It is.
```

```{dropdown} That
No. It is not.
```
````

- [ ] a list of another kind
"""
GLOSSARY = "# Glossary\n\n```{glossary}\nguardrail\n  What keeps a model <on> the road.\n```\n"


def build(folder, page=PAGE):
    (folder / "conf.py").write_text(
        "extensions = ['myst_parser', 'sphinx_design', 'learn']\nmyst_enable_extensions = ['tasklist']\n"
        "source_suffix = {'.md': 'markdown'}\n", encoding="utf-8"
    )
    (folder / "index.md").write_text(page + "\n```{toctree}\nglossary\n```\n", encoding="utf-8")
    (folder / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    with sphinx_app(folder) as app:
        app.build()
        return (app.outdir / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return build(tmp_path_factory.mktemp("learn"))


def test_a_prediction_knows_the_explorer_that_answers_it_and_what_is_right(page):
    first, second = re.findall(r'<div class="prediction"[^>]*>', page)
    assert 'data-prediction="index-draw"' in first and 'data-explorer="draw"' in first and 'data-truth="1"' in first
    assert 'data-explorer="other-one"' in second and "data-truth" not in second
    assert 'data-state="asked"' in first


def test_answers_read_as_a_plain_list_and_lists_elsewhere_stay_as_they_are(page):
    options = re.search(r'<ul class="prediction-options[^>]*>.*?</ul>', page, re.DOTALL)[0]
    assert "it rises" in options and "it falls" in options and "<input" not in options
    assert page.count("task-list-item-checkbox") == 1


def test_a_question_of_a_quiz_has_a_name_and_is_open(page):
    [box] = re.findall(r'<div class="quiz-question"[^>]*>', page)
    assert 'data-quiz="index-1"' in box and 'data-state="open"' in box


def test_a_page_brings_what_the_glossary_says_of_its_terms(page):
    [cards] = re.findall(r'<script type="application/json" class="glossary-cards">(.*?)</script>', page)
    assert json.loads(cards) == {"term-guardrail": "What keeps a model <on> the road."}


def test_a_prediction_with_two_right_answers_is_refused(tmp_path):
    with pytest.raises(ExtensionError, match="one right answer, this one has 2"):
        build(tmp_path, PAGE.replace("- [ ] it rises", "- [x] it rises"))
