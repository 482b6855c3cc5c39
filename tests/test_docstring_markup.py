"""A docstring becomes reStructuredText."""

import docstring_markup

DOCSTRING = """What it *does* to `x_` and x_y, 2 * 3.

    J(w) = |w|

Parameters
----------
X : (n, p) features,
    more of them
lam : a *penalty*

Raises
------
ValueError if X is empty.

Examples
--------
>>> 1 + 1
2
"""


def test_a_docstring_becomes_restructured_text_as_it_was_meant():
    parts = docstring_markup.restructured(DOCSTRING).split("\n\n")
    assert parts == [
        r"What it \ *does*\  to \ ``x_``\  and x_y, 2 \* 3.",
        ".. code-block:: text", "    J(w) = |w|",
        "*Parameters.*", "- ``X``: (n, p) features, more of them", r"- ``lam``: a \ *penalty*\ ",
        "*Raises.* ValueError if X is empty.",
        "*Examples.*", ">>> 1 + 1\n2",
    ]  # fmt: skip
