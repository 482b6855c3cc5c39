"""A plugin of pytest: how the tests of statements ended, for the page that lists them; tests/conftest.py registers it."""

from pathlib import Path

import statements

ROOT = Path(__file__).resolve().parent.parent
RESULTS = {}  # {"file::test": {case: outcome}}; of all processes where xdist gathers them


def pytest_collection_modifyitems(items):
    """Let a report tell which test of a statement it speaks of; with xdist it comes from another process."""
    for item in items:
        if item.get_closest_marker("statement"):
            item.user_properties.append(("statement", f"{item.path.name}::{item.originalname}"))


def pytest_runtest_logreport(report):
    """Note how a statement's test ended; an error before or after the test counts as one of the test."""
    for test in (value for key, value in report.user_properties if key == "statement"):
        if report.when == "call" or not report.passed:
            case = report.nodeid.partition("[")[2].rpartition("]")[0]
            RESULTS.setdefault(test, {})[case] = report.outcome


def pytest_sessionfinish(session):
    """Keep the results, and write them on the built page."""
    if RESULTS and not hasattr(session.config, "workerinput"):
        statements.keep_results(ROOT, RESULTS)
