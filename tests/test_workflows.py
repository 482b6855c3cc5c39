"""What comes from outside: actions by commit and with least rights, packages by name, bounds, version and sum."""

import ast
import contextlib
import importlib.metadata
import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import check_jsonschema
import constraints
import pytest
import report
import world
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# what a job may do beyond reading the repository
RIGHTS = {
    "colab": {"contents": "write"},
    "publish": {"pages": "write", "id-token": "write"},
    "index": {"id-token": "write"},
    "page": {"contents": "write"},
}


def faults(text):
    """What is wrong with a workflow, a sentence each."""
    flow = yaml.safe_load(text)
    triggers = flow[True]  # YAML 1.1 reads the key `on` as true
    found = [f"is started by {name}" for name in ("pull_request_target", "workflow_run", "issue_comment") if name in triggers]
    if flow.get("permissions") != {"contents": "read"}:
        found.append("its rights are not to read the contents")
    if "group" not in flow.get("concurrency", {}):
        found.append("two runs of it may be under way at once")
    found += ["needs a secret"] * bool(re.search(r"\bsecrets\b", text))
    for line in re.findall(r"uses:(.*)", text):
        if not re.fullmatch(r" [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line):
            found.append(f"does not pin an action by its commit, with its version beside it:{line}")
    for name, job in flow["jobs"].items():
        if job.get("permissions", {}) != RIGHTS.get(name, {}):
            found.append(f"{name}: may do more or less than it has to")
        if not 0 < job.get("timeout-minutes", 0) <= 90:
            found.append(f"{name}: has no time limit")
        found += [f"{name}: waits for {other}, which is not there" for other in set(job.get("needs", [])) - set(flow["jobs"])]
        matrix = job.get("strategy", {}).get("matrix", {})
        known = {f"matrix.{key}" for key in [*matrix, *(key for row in matrix.get("include", []) for key in row)]}
        known |= {f"steps.{step['id']}" for step in job["steps"] if "id" in step}
        used = set(re.findall(r"\b(?:matrix|steps)\.[\w-]+", str(job)))
        found += [f"{name}: speaks of {word}, which is not there" for word in sorted(used - known)]
        for step in job["steps"]:
            run, action = step.get("run", ""), step.get("uses", "")
            if re.search(r"\$\{\{\s*(github|inputs|steps)\b", run):
                found.append(f"{name}: puts words from outside into a script: {run}")
            if action.startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") is not False:
                found.append(f"{name}: leaves the token where the tests can read it")
            made = re.findall(r"(?<![\w.-])make ([a-z-]+)", run)
            found += [f"{name}: make has no {goal}" for goal in made if not re.search(rf"^{goal}:", makefile(), re.MULTILINE)]
            paths = re.findall(r"(?<![\w/])(?:tools|tests|\.ci)/[\w./-]+", run)
            found += [f"{name}: there is no {path}" for path in paths if not (ROOT / path).exists()]
    return found


def makefile():
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def schema(*paths, kind="workflows"):
    """Have the official schema of GitHub's workflows, or of other files of a kind, judge files: (0 or 1, what it says)."""
    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as ended:
        check_jsonschema.main(["--builtin-schema", f"vendor.github-{kind}", *map(str, paths)])
    return ended.value.code, said.getvalue()


def test_every_workflow_is_what_github_understands():
    code, said = schema(*WORKFLOWS)
    assert len(WORKFLOWS) == 3 and code == 0, said


@pytest.mark.parametrize(
    ("old", "new"), [("runs-on:", "run-on:"), ("timeout-minutes: 15", "timeout-minutes: soon"), ("steps:", "step:")]
)
def test_the_schema_sees_what_github_would_not_understand(tmp_path, old, new):
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    (tmp_path / "check.yml").write_text(text.replace(old, new), encoding="utf-8")
    assert old in text and schema(tmp_path / "check.yml")[0] == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_trusts_nobody_more_than_it_must(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "pin an action"),
        (" # v6.3.0", "", "pin an action"),
        ("  pull_request:", "  pull_request_target:", "pull_request_target"),
        ("  contents: read", "  contents: write", "to read the contents"),
        ("      pages: write", "      contents: write\n      pages: write", "publish: may do more"),
        ("concurrency:\n  group: check-${{ github.ref }}", "concurrency:\n  grup: x", "at once"),
        ("    timeout-minutes: 60\n", "", "linux: has no time limit"),
        ("persist-credentials: false", "persist-credentials: true", "leaves the token"),
        ("        with:\n          persist-credentials: false\n", "", "leaves the token"),
        ("- run: .ci/run", "- run: .ci/runs", "there is no .ci/runs"),
        ("- run: make oldest", "- run: make ancient", "make has no ancient"),
        ("- run: .ci/run", "- run: echo ${{ github.head_ref }}", "words from outside"),
        ("- run: .ci/run", "- run: echo ${{ secrets.TOKEN }}", "needs a secret"),
        ("needs: [linux, others, oldest]", "needs: [linux, other]", "waits for other"),
        ("${{ matrix.python }} tools/test.py", "${{ matrix.pyton }} tools/test.py", "matrix.pyton"),
        ("steps.deploy.outputs", "steps.deployed.outputs", "steps.deployed"),
    ],
)
def test_a_fault_of_a_workflow_is_found(old, new, said):
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    assert old in text
    assert any(said in fault for fault in faults(text.replace(old, new))), faults(text.replace(old, new))


def test_who_reports_a_mistake_is_asked_for_what_its_link_fills_in():
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert [path.name for path in forms] == ["config.yml", "mistake.yml", "problem.yml"]
    code, said = schema(*forms[1:], kind="issue-forms")
    assert code == 0, said
    assert set(report.FIELDS) <= {part["id"] for part in yaml.safe_load(forms[1].read_text(encoding="utf-8"))["body"]}
    assert report.FORM == forms[1].name


# -- what works out of the box -----------------------------------------------------------------------------------------


def test_a_commit_is_held_to_what_make_lint_says():
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    [hook] = repository["hooks"]
    assert repository["repo"] == "local" and hook["language"] == "system" and hook["always_run"]
    assert hook["entry"] == "make lint" and re.search(r"^lint:", makefile(), re.MULTILINE)


def test_the_container_has_a_python_that_the_project_allows_and_the_editor_finds_it():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"python:(3\.\d+)-\w+", container["image"])[1] in pythons()
    assert "make book" in container["onCreateCommand"]
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"].endswith("/.venv/bin/python") and "BIN := .venv/bin\n" in makefile()


# -- Python ------------------------------------------------------------------------------------------------------------


def pythons():
    """The versions of Python that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups()
    return [f"3.{k}" for k in range(int(low), int(high))]


def test_each_python_that_is_allowed_is_tried_and_named_and_no_other():
    check = yaml.safe_load(WORKFLOWS[0].read_text(encoding="utf-8"))
    assert check["jobs"]["linux"]["strategy"]["matrix"]["python"] == pythons()
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    assert [c.split(" :: ")[-1] for c in classifiers if re.search(r"Python :: 3\.", c)] == pythons()
    for name in ("README.md", "book/start.md", "book/teaching.md", "Makefile"):
        told = re.findall(r"Python (3\.\d+) to (3\.\d+)", (ROOT / name).read_text(encoding="utf-8"))
        assert told and set(told) == {(pythons()[0], pythons()[-1])}, name


@pytest.mark.foreign
def test_every_version_of_the_lock_has_a_file_for_each_python_that_is_allowed(tmp_path):
    """As make installs them: nothing is built. It asks the index, so it is part of `make foreign`."""
    for python in pythons():
        done = would_install(python, tmp_path)
        assert done.returncode == 0, done.stderr


def would_install(python, folder):
    """Ask whether the lock can be installed for a Python, without installing anything."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--python-version", python, "--only-binary", ":all:"]
    command += ["--no-deps", "--target", folder, "-r", ROOT / "requirements.lock"]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize(("version", "code"), [((3, 10, 9), 1), ((3, 11, 0), 0), ((3, 14, 2), 0), ((3, 15, 0), 1)])
def test_make_says_in_one_sentence_that_a_python_is_not_allowed(version, code):
    [program] = re.findall(r'\$\(PYTHON\) -c "(import sys; \(3.*?)"', makefile())
    told = f"import sys; sys.version_info, sys.version = {version}, '{version[0]}.{version[1]}'; {program}"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert done.returncode == code and bool(done.stderr) == bool(code)
    if code:
        said = done.stderr.strip()
        assert said.startswith(f"Python {pythons()[0]} to {pythons()[-1]} is needed, and this is {version[0]}.{version[1]}")


# -- packages --------------------------------------------------------------------------------------------------------


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def named():
    """What requirements.txt and pyproject.toml ask for: {name: bounds}."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for line in constraints.requirements().splitlines() if line and line[0] not in "#."]
    lines += [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    return {normal(m[1]): m[2] for m in (re.fullmatch(r"([\w.-]+)(.*)", line.strip()) for line in lines)}


def locked():
    """What requirements.lock holds: {package and version and marker: sums}."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split("--hash=")[0].strip(): re.findall(r"--hash=(\S+)", line) for line in lines}


def test_every_dependency_is_bounded_on_both_sides():
    for name, bounds in named().items():
        assert re.fullmatch(r">=[\w.]+,<[\w.]+", bounds), f"{name}{bounds}"


def test_every_dependency_is_locked_with_sums_and_the_two_lists_agree():
    lock = locked()
    assert list(lock) == constraints.pins()
    for pin, sums in lock.items():
        assert sums and all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in sums), pin
    assert set(named()) <= {normal(pin.split("==")[0]) for pin in lock}


def test_no_list_of_packages_names_a_host():
    for file in ("requirements.txt", "requirements.lock", "constraints.txt", "pyproject.toml"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "://" not in text and "index-url" not in text and "find-links" not in text, file


def imported(path):
    """The packages that a file imports, by their first names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def test_every_package_that_the_project_imports_is_named():
    folders = ("reglesson", "book/_ext", "tools", "tests", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    ours = {path.stem for path in files} | {path.parent.name for path in files if path.name == "__init__.py"}
    known = ours | {"reglesson", "benchmarks", "mutants"} | sys.stdlib_module_names
    known |= {"adelie", "celer", "skglm", "spams", "torch"}  # what `make bench` does without if it must
    sold_as = importlib.metadata.packages_distributions()
    for path in files:
        for name in set(imported(path)) - known:
            assert any(normal(each) in named() for each in sold_as.get(name, [name])), f"{path.name} imports {name}"


def test_a_world_tells_which_versions_differ():
    here = ["numpy==1.26.0", "tqdm==4.70.1", "new-package==1.0"]
    told = world.table(here, ["numpy==2.4.6 ; python_full_version < '3.12'", "numpy==2.5.5", "tqdm==4.70.1"])
    assert told.splitlines()[2:] == ["| numpy | 2.4.6 or 2.5.5 | 1.26.0 |", "| new-package | none | 1.0 |"]
    assert world.table(["tqdm==4.70.1"], ["tqdm==4.70.1"]) == "No version differs."
