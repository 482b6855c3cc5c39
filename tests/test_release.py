"""What a release publishes: archives that hold what git tracks and say what they are; and that a fault is found."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import release
import yaml

ROOT = Path(__file__).resolve().parent.parent
LINKED = "[teach](book/teaching.md), [here](#measured), [there](https://example.org/)"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The archives of the repository as it is: (wheel, source archive, the files that git tracks, where they were copied)."""
    if not (ROOT / ".git").exists():
        pytest.skip("a release is made from a repository of git, and this is none")
    folder = tmp_path_factory.mktemp("release")
    names = release.export(ROOT, folder / "source")
    return *release.build(folder / "source", folder / "dist"), names, folder / "source"


def test_the_archives_hold_what_git_tracks_and_say_what_they_are(built):
    wheel, archive, names, _ = built
    assert release.archive_faults(wheel, archive, names, release.version(ROOT)) == []
    assert {"reglesson/py.typed", "reglesson/digits.npz", "reglesson/explore/player.js"} <= set(zipfile.ZipFile(wheel).namelist())


WRONG = [
    ('"digits.npz", ', "", "the wheel lacks reglesson/digits.npz"),
    ('"reglesson", "reglesson.explore"]', '"reglesson"]', "the wheel lacks reglesson/explore/__init__.py"),
    ('readme = "README.md"', "", "the wheel does not carry the README"),
    ('requires-python = ">=3.11,<3.15"', 'requires-python = ">=3.11"', "the wheel says Requires-Python: >=3.11, not"),
    ('license = "MIT"', 'license = "BSD-3-Clause"', "the wheel says License-Expression: BSD-3-Clause, not MIT"),
    ("\nexplore = [", "\nsliders = [", "the wheel has the extras ['sliders', 'compare']"),
]


def test_faults_of_the_settings_are_found_in_the_archives(built, tmp_path):
    _, _, names, source = built
    few = [name for name in names if name.startswith("reglesson/") or name in ("pyproject.toml", "README.md", "LICENSE")]
    for name in few:
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, tmp_path / "source" / name)
    settings = tmp_path / "source" / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    for old, new, _ in WRONG:
        assert old in text
        text = text.replace(old, new)
    settings.write_text(text, encoding="utf-8")
    wheel, archive = release.build(tmp_path / "source", tmp_path / "dist")
    found = release.archive_faults(wheel, archive, few, release.version(ROOT))
    assert [said for _, _, said in WRONG if not any(said in fault for fault in found)] == []


def test_what_is_in_no_repository_is_in_no_archive(built, tmp_path):
    wheel, archive, names, _ = built
    fewer = [name for name in names if name not in ("reglesson/l2.py", "book/l2.ipynb")]
    found = release.archive_faults(wheel, archive, fewer, release.version(ROOT))
    assert "the wheel holds reglesson/l2.py, which git does not track" in found
    assert "the source archive holds book/l2.ipynb, which git does not track" in found
    shorter = tmp_path / archive.name
    with tarfile.open(archive) as whole, tarfile.open(shorter, "w:gz") as part:
        for member in whole.getmembers():
            if member.isfile() and not member.name.endswith("tests/test_l2.py"):
                part.addfile(member, whole.extractfile(member))
    assert release.archive_faults(wheel, shorter, names, release.version(ROOT)) == ["the source archive lacks tests/test_l2.py"]


@pytest.mark.parametrize(
    ("repository", "wanted"),
    [
        (None, LINKED.replace("[teach](book/teaching.md)", "teach")),
        ("some/course", LINKED.replace("(book", "(https://github.com/some/course/blob/v2.0/book")),
    ],
)
def test_the_readme_of_a_release_links_to_nothing_that_an_index_has_not(tmp_path, monkeypatch, repository, wanted):
    root = small(tmp_path)
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", repository or "")
    assert release.LINK.findall(LINKED) == [("teach", "book/teaching.md")]
    release.export(root, tmp_path / "copy")
    assert (tmp_path / "copy" / "README.md").read_text(encoding="utf-8") == wanted
    settings = (tmp_path / "copy" / "pyproject.toml").read_text(encoding="utf-8")
    assert ('Source = "https://github.com/some/course"' in settings) == bool(repository)
    assert ('Homepage = "https://some.github.io/course/"' in settings) == bool(repository)


def small(folder):
    """A repository with what tells the version, 2.0."""
    root = folder / "repository"
    (root / "reglesson").mkdir(parents=True)
    changes = "# What changed\n\n## 2.0, 1 May 2027\n\n## 1.0, 1 May 2026\n"
    texts = {"reglesson/__init__.py": '__version__ = "2.0"\n', "CITATION.cff": "version: '2.0'\n", "README.md": LINKED,
             "CHANGELOG.md": changes, "pyproject.toml": "[project]\n"}  # fmt: skip
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", root, *command], check=True)
    return root


def test_the_version_is_the_same_in_the_package_the_citation_and_the_changelog():
    assert release.told_faults(ROOT) == []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format", ROOT / "CITATION.cff"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "tag", "said"),
    [
        ("CITATION.cff", "2.0", "1.0", None, "CITATION.cff says version 1.0"),
        ("CHANGELOG.md", "2.0", "2.1", None, "CHANGELOG.md begins with '2.1, 1 May 2027'"),
        ("CHANGELOG.md", "1 May 2027", "not released yet", "v2.0", "a release needs its day there"),
        ("README.md", "teach", "learn", "v2.1", "the tag must be v2.0"),
        ("README.md", "teach", "learn", "2.0", "the tag must be v2.0"),
    ],
)
def test_a_version_that_differs_is_found(tmp_path, file, old, new, tag, said):
    root = small(tmp_path)
    assert release.told_faults(root, "v2.0") == []
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
    assert [fault for fault in release.told_faults(root, tag) if said in fault]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == release.version(ROOT)
