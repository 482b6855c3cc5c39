"""The live explorer as a front end meets it, by the messages of a kernel: what JupyterLab, VS Code and Colab have in common."""

import pytest
from jupyter_client.manager import start_new_kernel

from reglesson.explore import explore, live, slider

CODE = """
from reglesson.explore import explore, slider

def line(fig, slope):
    "Look at the line."
    fig.subplots().plot([0, 1], [0, slope])
    return f"The slope is {slope}."

explore(line, slope=slider(0, 2, 1))
"""


@pytest.fixture(scope="module")
def kernel():
    """A kernel's client, and what it said of CODE."""
    manager, client = start_new_kernel()
    said = []
    client.execute_interactive(CODE, timeout=120, output_hook=said.append)
    yield client, said
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_all_models_are_of_ipywidgets_own_kinds_which_every_front_end_has(kernel):
    _, said = kernel
    models = [m["content"]["data"]["state"] for m in said if m["msg_type"] == "comm_open"]
    assert {"SelectionSliderModel", "HTMLModel", "HTMLMathModel", "VBoxModel"} <= {m["_model_name"] for m in models}
    modules = {"@jupyter-widgets/base", "@jupyter-widgets/controls"}
    for model in models:
        assert {model["_model_module"], model["_view_module"]} - {None} <= modules
        assert model["_model_module_version"].startswith("2.")
    assert not [m for m in said if m["msg_type"] == "error"]


def test_a_front_end_that_knows_no_widgets_gets_a_picture_and_the_sentences(kernel):
    _, said = kernel
    [shown] = [m["content"]["data"] for m in said if m["msg_type"] == "execute_result"]
    opened = {m["content"]["comm_id"] for m in said if m["msg_type"] == "comm_open"}
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] in opened
    assert shown["image/png"] and shown["text/plain"].startswith("The slope is 1.")


def test_a_front_end_that_moves_the_slider_is_sent_the_picture_and_the_sentence(kernel):
    client, said = kernel
    opened = {m["content"]["comm_id"]: m["content"]["data"]["state"] for m in said if m["msg_type"] == "comm_open"}
    [slider] = [name for name, state in opened.items() if state["_model_name"] == "SelectionSliderModel"]
    update = {"comm_id": slider, "data": {"method": "update", "state": {"index": 2}, "buffer_paths": []}}
    client.shell_channel.send(client.session.msg("comm_msg", update))
    sent = {}
    while len(sent) < 2:
        content = client.get_iopub_msg(timeout=60)["content"]
        value = content.get("data", {}).get("state", {}).get("value")
        if value is not None:
            sent[opened[content["comm_id"]]["_model_name"]] = value
    assert "The slope is 2." in sent["HTMLMathModel"] and "data:image/png;base64," in sent["HTMLModel"]


def test_a_state_that_cannot_be_drawn_is_said_and_shows_no_older_picture(monkeypatch):
    ipywidgets = pytest.importorskip("ipywidgets")
    boxes = []
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: boxes.append(parts) or ipywidgets.HTML())

    def at_times(fig, k):
        """See it, but for two."""
        if k == 2:
            raise ValueError("not two")
        fig.text(0.5, 0.5, "中文" if k == 3 else "it")
        return f"k is {k}."

    live.bundle(explore(at_times, k=slider(1, 3, 1, value=1)))
    [(control, says, picture, _)] = boxes
    assert "k is 1." in says.value and "image/png" in picture.value
    control.index = 1
    assert "not two" in says.value and picture.value == ""
    control.index = 2  # letters that the font has not are the browser's to find, at the first look
    assert "k is 3." in says.value and "image/svg+xml" in picture.value
