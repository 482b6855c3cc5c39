"""The explorer in a live kernel: ipywidgets above a picture that is drawn when it is asked for."""

import base64
import html

import numpy as np

from reglesson.explore import checks, page


def bundle(explorer):
    """What the notebook shows of the widgets, by MIME type, without plain text."""
    ipywidgets = checks.module("ipywidgets")
    sliders = list(explorer.sliders.values())
    controls = [widget(s) for s in sliders]
    # the kind of HTML that sets formulas
    says, picture, caption = ipywidgets.HTMLMath(), ipywidgets.HTML(), ipywidgets.HTMLMath(page.caption(explorer))

    def show(_=None):
        position = tuple(
            control.index if s.kind == "choice" else s.nearest(control.value) for s, control in zip(sliders, controls, strict=True)
        )
        image, sentence = explorer.frame(position, "png")
        data = base64.b64encode(image).decode()
        look = f"width:100%;max-width:{explorer.figsize[0]:g}in;height:auto"
        picture.value = f'<img alt="{html.escape(explorer.about)}" style="{look}" src="data:image/png;base64,{data}">'
        says.value = f'<p aria-live="polite"><b>{html.escape(page.with_formulas(sentence), quote=False)}</b></p>'

    for control in controls:
        control.observe(show, "value")
    show()
    made = ipywidgets.VBox([*controls, says, picture, caption])._repr_mimebundle_()
    return {key: value for key, value in made.items() if key != "text/plain"}


def widget(s):
    """The ipywidget of a slider."""
    ipywidgets = checks.module("ipywidgets")
    look = {"description": s.label, "style": {"description_width": "initial"}, "layout": {"width": "95%", "max_width": "36em"}}
    if s.kind == "log":
        low, high = np.log10([s.values[0], s.values[-1]])
        step = (high - low) / (len(s.values) - 1)
        return ipywidgets.FloatLogSlider(s.values[s.start], base=10, min=low, max=high, step=step, **look)
    if s.kind == "choice":
        return ipywidgets.SelectionSlider(options=s.values, index=s.start, **look)
    kind = ipywidgets.IntSlider if all(isinstance(v, int) for v in s.values) else ipywidgets.FloatSlider
    return kind(s.values[s.start], min=s.values[0], max=s.values[-1], step=s.values[1] - s.values[0], **look)
