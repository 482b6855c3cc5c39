"""Make the wheel and the source archive of a release in _build/release, and check them.

usage: python tools/release.py [--installed]

They are made from a copy of the files that git tracks, in which the README's links and the addresses of the project are
those of the repository on GitHub, if it is known. With --installed the wheel is also installed into two new environments,
with its extras and without, the source archive's tests of one chapter are run, and the README is rendered as a package
index renders it; for this, packages are fetched.
"""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import home  # noqa: E402

OF_SETUPTOOLS = {"PKG-INFO", "setup.cfg"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)")
UV = [sys.executable, "-m", "uv", "--quiet"]

# what the package does where nothing but NumPy is installed, and where the extras are
BARE = '''
import importlib.metadata, sys
import reglesson
from reglesson.data import diabetes
from reglesson.explore import explore, slider
from reglesson.l2 import ridge

assert reglesson.__version__ == importlib.metadata.version("reglesson") == {version!r}
assert abs(ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef[0] - 1) < 1e-12
assert len(diabetes()[1]) == 442
assert not {{"matplotlib", "ipywidgets", "sklearn"}} & set(sys.modules)

def line(fig, k):
    """A line."""
    return "Drawn."

try:
    explore(line, k=slider(0, 1, 1)).text()
except ModuleNotFoundError as error:
    assert "pip install 'reglesson[explore]'" in str(error), error
else:
    raise AssertionError("matplotlib is there, and no extra was asked for")
'''
WHOLE = '''
import sklearn
from reglesson.explore import explore, slider

def line(fig, k):
    """See a line turn."""
    fig.subplots().plot([0, 1], [0, k])
    return f"It rises by {k:g}."

assert explore(line, k=slider(0, 2, 1, value=1)).text().startswith("It rises by 1.")
assert '<figure class="explorer"' in explore(line, k=slider(0, 2, 1, value=1)).html()
'''
WRONG = 'from reglesson.l2 import ridge\nridge([[0.0]], [1.0], "0.1")\n'


def run(command, **options):
    """Run a command and return what it said; if it fails, say so in one sentence."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, encoding="utf-8", **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command[:8]))} ended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def tracked(root):
    """The files that git tracks and that are there, as it writes their paths."""
    names = run(["git", "-C", root, "ls-files", "-z"]).split("\0")
    return sorted(name for name in names if name and (root / name).is_file())


def export(root, folder):
    """Copy the files of the repository; links to other files of it become addresses, or plain text where there are none."""
    names, repository = tracked(root), home.repository(root)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    tag = f"v{version(root)}"
    at = rf"[\1](https://github.com/{repository}/blob/{tag}/\2)" if repository else r"\1"
    readme = folder / "README.md"
    readme.write_text(LINK.sub(at, readme.read_text(encoding="utf-8")), encoding="utf-8")
    if repository:
        site = home.site_address(root)
        urls = {"Homepage": site, "Source": f"https://github.com/{repository}", "Changelog": f"{site}book/changelog.html"}
        lines = "".join(f'{name} = "{address}"\n' for name, address in urls.items())
        settings = folder / "pyproject.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(f"{text}\n[project.urls]\n{lines}", encoding="utf-8")
    return names


def version(root):
    """The version, which stands in the package and nowhere else by hand but in CITATION.cff and CHANGELOG.md."""
    return re.search(r'^__version__ = "([^"]+)"', (root / "reglesson" / "__init__.py").read_text(encoding="utf-8"), re.M)[1]


def told_faults(root, tag=None):
    """What is wrong with the places that tell the version; of a tag, the changelog must say its day."""
    ours = version(root)
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    newest = re.search(r"^## (.*)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[1]
    found = [f"CITATION.cff says version {cited}, and the package {ours}"] * (cited != ours)
    found += [f"CHANGELOG.md begins with {newest!r}, and the package is {ours}"] * (newest.partition(",")[0] != ours)
    if tag is not None:
        found += [f"the tag is {tag}, and the package is {ours}: the tag must be v{ours}"] * (tag != f"v{ours}")
        day = re.fullmatch(r"[\d.]+, \d{1,2} [A-Z][a-z]+ 20\d\d", newest)
        found += [f"CHANGELOG.md begins with {newest!r}: a release needs its day there"] * (not day)
    return found


def build(source, dist):
    """Build the source archive, and from it the wheel; their two paths."""
    run([*UV, "build", "--no-build-isolation", "--python", sys.executable, "--out-dir", dist, source])
    return next(dist.glob("*.whl")), next(dist.glob("*.tar.gz"))


def archive_faults(wheel, archive, names, ours):
    """What is wrong with the two archives, a sentence each, where git tracks `names` and the version is `ours`."""
    found = []
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
        about = f"reglesson-{ours}.dist-info/"
        said = email.message_from_string(file.read(f"{about}METADATA").decode()) if f"{about}METADATA" in inside else None
    of_package = {name for name in names if name.startswith("reglesson/")}
    held = {name for name in inside if not name.startswith(about)}
    found += [f"the wheel lacks {name}" for name in sorted(of_package - held)]
    found += [f"the wheel holds {name}, which git does not track" for name in sorted(held - of_package)]
    with tarfile.open(archive) as file:
        held = {m.name.partition("/")[2] for m in file.getmembers() if m.isfile()}
    held = {name for name in held if not name.startswith("reglesson.egg-info/")} - OF_SETUPTOOLS
    found += [f"the source archive lacks {name}" for name in sorted(set(names) - held)]
    found += [f"the source archive holds {name}, which git does not track" for name in sorted(held - set(names))]
    if said is None:
        return [*found, f"the wheel is not of version {ours}"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"Name": "reglesson", "Version": ours, "Summary": project["description"], "License-Expression": "MIT",
              "Description-Content-Type": "text/markdown"}  # fmt: skip
    found += [f"the wheel says {key}: {said[key]}, not {value}" for key, value in wanted.items() if said[key] != value]
    bounds = set(project["requires-python"].split(","))
    if set((said["Requires-Python"] or "").split(",")) != bounds:
        found.append(f"the wheel says Requires-Python: {said['Requires-Python']}, not {project['requires-python']}")
    if set(said.get_all("Provides-Extra", [])) != set(project["optional-dependencies"]):
        found.append(f"the wheel has the extras {said.get_all('Provides-Extra')}")
    text = said.get_payload()
    found += [] if text.lstrip().startswith("# Regularization, live") else ["the wheel does not carry the README"]
    found += [f"the README links to {target}, which a package index has not" for _, target in LINK.findall(text)]
    return found


def environment(folder, *wanted):
    """The Python of a new environment in which `wanted`, as words of `pip install`, is installed."""
    run([*UV, "venv", "--python", sys.executable, folder])
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    run([*UV, "pip", "install", "--python", python, *wanted])
    return python


def installed_faults(wheel, archive, folder):
    """What is wrong once the archives are installed as others install them, a sentence each."""
    found, apart = [], {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "REGLESSON", "MYPY", "VIRTUAL_ENV"))}

    def attempt(what, command, **options):
        try:
            return run(command, env=apart | {"PYTHONUTF8": "1"}, **options)
        except RuntimeError as error:
            found.append(f"{what}: {error}")
            return ""

    bare = environment(folder / "bare", wheel)
    attempt("without extras", [bare, "-W", "error", "-c", BARE.format(version=version(ROOT))], cwd=folder)
    whole = environment(folder / "whole", f"{wheel}[explore,compare]")
    attempt("with the extras", [whole, "-W", "error", "-c", WHOLE], cwd=folder)

    (folder / "wrong.py").write_text(WRONG, encoding="utf-8")
    judge = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={folder / 'mypy'}"]
    judge += ["--python-executable", bare, "wrong.py"]
    told = subprocess.run([str(word) for word in judge], cwd=folder, env=apart, capture_output=True, text=True, encoding="utf-8")
    if "[arg-type]" not in told.stdout:
        found.append(f"a type checker does not refuse a wrong call of the installed package: {told.stdout}{told.stderr}")

    with tarfile.open(archive) as file:
        file.extractall(folder / "unpacked", filter="data")
    [source] = (folder / "unpacked").iterdir()
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "tests/test_l2.py"]
    attempt("the tests of the source archive", tests, cwd=source)

    with zipfile.ZipFile(wheel) as file:
        text = email.message_from_string(file.read(f"reglesson-{version(ROOT)}.dist-info/METADATA").decode("utf-8")).get_payload()
    (folder / "README.md").write_text(text, encoding="utf-8")
    renderer = [*UV, "run", "--no-project", "--isolated", "--with", "readme-renderer[md]", "python", "-m", "readme_renderer"]
    html = attempt("the README as an index renders it", [*renderer, "README.md"], cwd=folder)
    for mark, least in (("<h1", 1), ("<h2", 4), ("<table", 4), ("<pre", 2), ("<details", 1)):
        found += [f"of the README's {mark}> the index shows {html.count(mark)}, not {least}"] * (html.count(mark) < least)
    return found


def main(words):
    if set(words) - {"--installed"}:
        sys.exit(__doc__)
    folder = ROOT / "_build" / "release"
    shutil.rmtree(folder, ignore_errors=True)
    tag = os.environ["GITHUB_REF_NAME"] if os.environ.get("GITHUB_REF_TYPE") == "tag" else None
    found = told_faults(ROOT, tag)
    names = export(ROOT, folder / "source")
    wheel, archive = build(folder / "source", folder / "dist")
    found += archive_faults(wheel, archive, names, version(ROOT))
    if "--installed" in words and not found:
        found += installed_faults(wheel, archive, folder)
    if found:
        raise RuntimeError("\n".join([*found, f"The release has {len(found)} faults; they stand above."]))
    for path in (wheel, archive):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB, nothing wrong found")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
