"""Where the project is at home, in a fork as in the original, and without git."""

import subprocess

import home
import pytest


@pytest.mark.parametrize(
    ("origin", "name"),
    [("https://github.com/Some/course.git", "Some/course"), ("git@github.com:Some/course", "Some/course"),
     ("https://example.org/Some/course.git", None), (None, None)],
)  # fmt: skip
def test_the_repository_and_the_address_of_the_site_are_those_of_a_fork(tmp_path, monkeypatch, origin, name):
    for variable in ("GITHUB_REPOSITORY", "SITE_URL"):
        monkeypatch.delenv(variable, raising=False)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if origin:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", origin], check=True)
    assert home.repository(tmp_path) == name
    assert home.site_address(tmp_path) == (name and "https://some.github.io/course/")
    monkeypatch.setenv("GITHUB_REPOSITORY", "Fork/mine")
    assert home.repository(tmp_path) == "Fork/mine"
    assert home.site_address(tmp_path) == "https://fork.github.io/mine/"
    monkeypatch.setenv("SITE_URL", "https://example.org/here")
    assert home.site_address(tmp_path) == "https://example.org/here/"


def test_without_git_nothing_is_known_of_the_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert home.git(tmp_path, "rev-parse", "HEAD") == ""
