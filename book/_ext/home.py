"""Where the project is at home: its repository, the address of its site, what git says."""

import functools
import os
import re
import subprocess


def repository(root):
    """OWNER/NAME on GitHub: of the workflow that builds, else of the checkout's origin, so that a fork's is its own; or None."""
    if os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    found = re.search(r"github\.com[:/]([^/]+/[^/]+?)(\.git)?$", git(root, "remote", "get-url", "origin"))
    return found[1] if found else None


def site_address(root):
    """Where the site will be, ending in a slash: SITE_URL, else GitHub Pages of the repository; None if neither is known."""
    if os.environ.get("SITE_URL"):
        return os.environ["SITE_URL"].rstrip("/") + "/"
    owner, _, name = (repository(root) or "").partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name else None


@functools.cache
def git(root, *words):
    """What git says, or nothing where there is no git or no repository; each page asks, and git once."""
    try:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
