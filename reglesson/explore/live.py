"""The explorer in a live kernel: ipywidgets above a picture that is drawn when it is asked for."""

import base64
import html

from reglesson.explore import checks, page


def bundle(explorer):
    """What the notebook shows of the widgets, by MIME type, without plain text."""
    ipywidgets = checks.module("ipywidgets")
    sliders = list(explorer.sliders.values())
    controls = [widget(s) for s in sliders]
    # the kind of HTML that sets formulas
    says, picture, caption = ipywidgets.HTMLMath(), ipywidgets.HTML(), ipywidgets.HTMLMath(page.caption(explorer))

    def show(_=None):
        position = tuple(control.index for control in controls)
        try:
            kind = "svg+xml" if explorer.lacks_letters else "png"
            image, sentence = explorer.frame(position, kind[:3])
            if explorer.lacks_letters and kind == "png":  # which drawing it has shown
                kind, (image, sentence) = "svg+xml", explorer.frame(position, "svg")
        except RuntimeError as error:
            if not picture.value:
                raise
            picture.value, says.value = "", f"<p><b>{html.escape(str(error))}</b></p>"
            return
        data = base64.b64encode(image).decode()
        look = f"width:100%;max-width:{explorer.figsize[0]:g}in;height:auto;background:white"
        picture.value = f'<img alt="{html.escape(explorer.about)}" style="{look}" src="data:image/{kind};base64,{data}">'
        says.value = f'<p aria-live="polite"><b>{html.escape(page.with_formulas(sentence), quote=False)}</b></p>'

    for control in controls:
        control.observe(show, "value")
    show()
    made = ipywidgets.VBox([*controls, says, picture, caption])._repr_mimebundle_()
    return {key: value for key, value in made.items() if key != "text/plain"}


def widget(s):
    """The ipywidget of a slider: it runs over the grid's values, and says each as the page does."""
    ipywidgets = checks.module("ipywidgets")
    look = {"description": s.label, "style": {"description_width": "initial"}, "layout": {"width": "95%", "max_width": "36em"}}
    return ipywidgets.SelectionSlider(options=list(zip(s.texts, s.values, strict=True)), index=s.start, **look)
