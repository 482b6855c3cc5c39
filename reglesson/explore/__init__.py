"""Sliders that live everywhere: one draw function, shown live, baked, or printed.

::

    def draw(fig, lam):
        "What to look at: the line below the figure."
        ...                                  # ordinary matplotlib on fig
        return f"At λ = {lam:.3g} the test error is {e:.3f}."

    explore(draw, lam=log_slider(1e-4, 1e2, value=0.1, label="λ"))

In a live kernel the sliders are ipywidgets. While a website is built (the
environment variable REGLESSON_BAKE names a folder for what was drawn), every
point of the sliders' grid is drawn once, and the page carries the pictures;
``player.js`` moves between them. In plain text, and so for nbval, an explorer is
the sentences that the draw function returns. Without sliders it is a figure
with a caption, drawn by the same rules.

The package knows nothing of the rest of `reglesson`. In any book,
``extensions = ["reglesson.explore"]`` in Sphinx's ``conf.py`` bakes its explorers.
"""

from typing import Any

from reglesson.explore.explorer import Explorer, explore
from reglesson.explore.grids import Slider, choice, log_slider, number, slider
from reglesson.explore.settings import configure

__all__ = ["Explorer", "Slider", "choice", "configure", "explore", "log_slider", "number", "slider"]


def setup(app: Any) -> dict[str, bool]:
    """Do what Sphinx asks for where `reglesson.explore` is one of the extensions."""
    from reglesson.explore import sphinx

    done: dict[str, bool] = sphinx.setup(app)
    return done
