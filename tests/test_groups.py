"""Which tests run in one process, where several do: those that share what is costly."""

import pytest
from conftest import PAGES, group_of

SEEN = []


@pytest.mark.parametrize("turn", range(4))
def test_the_tests_of_a_file_run_in_one_process(turn):
    assert SEEN == [*range(turn)]
    SEEN.append(turn)


def test_the_tests_of_a_page_belong_together_and_a_notebook_that_is_executed_stands_alone():
    page, file = PAGES[-1], "tests/browser/test_pages.py"
    assert group_of(f"{file}::test_one[{page}]") == group_of(f"tests/browser/test_explorers.py::test_two[{page}]") == page
    assert group_of(f"{file}::test_one[light]") == group_of(f"{file}::test_two") == file
    executed = "tests/test_book.py::test_every_cell_prints_what_is_stored[{}]"
    assert group_of(executed.format("l1")) != group_of(executed.format("l2"))
