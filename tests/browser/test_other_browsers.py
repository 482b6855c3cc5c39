"""Exercises and sliders in stock Firefox and in WebKit, where they are installed, each driven by the protocol that it speaks.

They run with `make foreign`, for the driver of WebKit is slow. WebKit wants a display, which `xvfb-run` gives.
"""

import base64
import io
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import websocket
from browser import Quiet, serving
from conftest import PAGES, ROOT
from matplotlib.image import imread
from test_practice_page import CDN, FIRST, copies, wrong_answers  # noqa: F401, a fixture

pytestmark = pytest.mark.foreign

# runs a text in the first exercise as a reader does; tells what comes of it
RUN = """
const [text] = given, box = document.querySelector(".exercise");
const press = (name) => [...box.querySelectorAll("button")].find((each) => each.textContent === name)?.click();
const until = (made) => new Promise((keep) => {
  const look = () => made() ? keep(made()) : setTimeout(look, 20);
  look();
});
press("Try it here");
const area = await until(() => box.querySelector("textarea"));
area.value = text;
area.dispatchEvent(new Event("input", { bubbles: true }));
box.dataset.state = "asked";
press("Run");
await until(() => ["right", "not-yet", "failed", "stopped"].includes(box.dataset.state));
return [box.dataset.state, box.querySelector(".exercise-says").textContent];
"""


# moves an explorer's sliders from place to place, and the picture into view
MOVE = """
const [id, shares] = given, figure = document.getElementById(id);
document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
const inputs = [...figure.querySelectorAll(".explorer-controls [type=range], .explorer-controls fieldset")];
const painted = () => new Promise((keep) => requestAnimationFrame(() => requestAnimationFrame(keep)));
for (const share of shares) {
  for (const input of inputs) {
    const radios = [...input.querySelectorAll("input")];
    if (radios.length) radios[Math.round(share * (radios.length - 1))].checked = true;
    else input.value = Math.round(share * input.max);
  }
  figure.querySelector(".explorer-controls input").dispatchEvent(new Event("input", { bubbles: true }));
  await painted();
}
figure.querySelector("svg").scrollIntoView({ block: "center", behavior: "instant" });
await painted();
"""
# puts new elements in the place of those that were moved
ANEW = """
const svg = document.getElementById(given[0]).querySelector("svg");
svg.replaceWith(svg.cloneNode(true));
await new Promise((keep) => requestAnimationFrame(() => requestAnimationFrame(keep)));
"""


class Firefox:
    """Firefox without a window, by WebDriver BiDi: messages over a web socket."""

    def __init__(self, folder):
        program = shutil.which("firefox-esr") or shutil.which("firefox") or pytest.skip("there is no Firefox")
        command = [program, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
        with (folder / "said").open("w") as said:
            self.process = subprocess.Popen(command, stderr=said, stdout=said)
        address = told(folder / "said", r"BiDi listening on (ws://\S+)", self.process)
        self.socket = websocket.create_connection(f"{address}/session", suppress_origin=True, timeout=300)
        self.numbers = itertools.count()
        self.ask("session.new", capabilities={})
        self.window = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method, **params):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv())).get("id") != number:
            pass  # an event
        assert answer["type"] == "success", answer
        return answer["result"]

    def go(self, address):
        self.ask("browsingContext.navigate", context=self.window, url=address, wait="complete")

    def call(self, body, *given):
        function = f"async () => JSON.stringify(await (async (given) => {{ {body} }})({json.dumps(given)}))"
        target = {"context": self.window}
        answer = self.ask("script.callFunction", functionDeclaration=function, awaitPromise=True, target=target)
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    def picture(self):
        return self.ask("browsingContext.captureScreenshot", context=self.window)["data"]

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()


class WebKit:
    """WebKit in the small browser that comes beside its driver, by WebDriver: requests over HTTP."""

    def __init__(self, folder):
        program = shutil.which("WebKitWebDriver") or pytest.skip("there is no WebKit with a driver")
        browser = max(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"), default=None) or pytest.skip("there is no MiniBrowser")
        if not os.environ.get("DISPLAY"):
            pytest.skip("WebKit wants a display: start the tests with xvfb-run")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.driver = f"http://127.0.0.1:{free.getsockname()[1]}/session"
        # its sandbox does not start for root, and the pages here are our own
        env = os.environ | {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        with (folder / "said").open("w") as said:
            port = self.driver.split(":")[2].split("/")[0]
            self.process = subprocess.Popen([program, f"--port={port}"], env=env, stderr=said, stdout=said)
        options = {"binary": str(browser), "args": ["--automation"]}
        started = self.ask("", capabilities={"alwaysMatch": {"webkitgtk:browserOptions": options}})
        self.driver += f"/{started['sessionId']}"
        self.ask("/timeouts", script=300_000)

    def ask(self, path, **body):
        request = urllib.request.Request(self.driver + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=300) as answer:
                    return json.load(answer)["value"]
            except urllib.error.URLError as error:  # the driver does not listen yet
                if not isinstance(error.reason, ConnectionRefusedError) or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def go(self, address):
        self.ask("/url", url=address)

    def call(self, body, *given):
        script = f"(async (given) => {{ {body} }})({json.dumps(given)}).then(arguments[0], (error) => arguments[0](String(error)));"
        return self.ask("/execute/async", script=script, args=[])

    def picture(self):
        with urllib.request.urlopen(f"{self.driver}/screenshot", timeout=300) as answer:
            return json.load(answer)["value"]

    def close(self):
        urllib.request.urlopen(urllib.request.Request(self.driver, method="DELETE"), timeout=60).close()
        self.process.terminate()
        self.process.wait()


def told(file, pattern, process):
    """What a pattern finds in what a program says, as soon as it does."""
    while not (found := re.search(pattern, file.read_text())):
        assert process.poll() is None, file.read_text()
        time.sleep(0.05)
    return found[1]


@pytest.fixture(scope="module")
def there(copies, site, tmp_path_factory):  # noqa: F811
    """The address of the first exercise's page, on a site with a Pyodide of its own."""

    class Host(Quiet):
        """The site below its address, Python below /pyodide/."""

        def translate_path(self, path):
            """Python's files lie elsewhere."""
            copy = copies.get(path.removeprefix("/pyodide/"))
            return str(copy) if copy else super().translate_path(path)

    root = tmp_path_factory.mktemp("host")
    for part in site.iterdir():
        (root / part.name).symlink_to(part, target_is_directory=part.is_dir())
    (root / "book").unlink()
    (root / "book").mkdir()
    page = root / FIRST[0]
    page.write_text((site / FIRST[0]).read_text(encoding="utf-8").replace(CDN, "/pyodide/"), encoding="utf-8")
    with serving(root, Host) as address:
        yield address + FIRST[0]


@pytest.fixture(scope="module", params=[Firefox, WebKit])
def window(request, tmp_path_factory, there):
    """The page in one of these browsers."""
    browser = request.param(tmp_path_factory.mktemp("browser"))
    browser.go(there)
    yield browser
    browser.close()


def test_a_wrong_answer_is_refused_and_the_solution_is_right(window):
    state, said = window.call(RUN, next(wrong_answers(FIRST[1]["name"])))
    assert state == "not-yet" and said.startswith("Not yet: ")
    assert window.call(RUN, FIRST[1]["solution"]) == ["right", "Right."]


def test_a_loop_without_end_is_stopped_and_the_next_run_works(window):
    state, said = window.call(RUN, "while True: pass")
    assert state == "stopped" and "10 seconds" in said
    assert window.call(RUN, FIRST[1]["solution"]) == ["right", "Right."]


@pytest.fixture(scope="module", params=[Firefox, WebKit])
def other(request, tmp_path_factory):
    """One of these browsers."""
    browser = request.param(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.mark.parametrize("name", [page for page in PAGES if (ROOT / page).with_suffix(".ipynb").is_file()])
def test_a_picture_that_was_moved_looks_like_one_that_is_new(other, site, name):
    """WebKit drew a mark as a path had been told first, whatever it was told later. Its edges differ by how much it paints anew."""
    text = (site / name).read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="explorer" id="([^"]+)"(?:(?!</figure>).)*?<input', text, re.DOTALL)
    assert figures
    with serving(site) as address:
        other.go(address + name)
        for figure in figures:
            seen = []
            for step in (MOVE, ANEW):
                other.call(step + "return true;", figure, [0, 1, 0.5, 0.2, 0.7, 0.3, 0.9, 0.4])
                seen.append(imread(io.BytesIO(base64.b64decode(other.picture())))[..., :3])
            assert np.ptp(seen[0]) > 0.5, "nothing is seen"
            assert np.abs(seen[0] - seen[1]).max() < 0.6, figure
