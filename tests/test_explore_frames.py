"""Frames as lists of pieces: like stands at the place of like, and what changes from each to the next."""

import itertools
import re

import pytest
from conftest import shows
from hypothesis import given
from hypothesis import strategies as st

from reglesson.explore.frames import changes, level


def mark(x, look="blue"):
    return f'<g><use x="{x}" style="fill:{look}" /></g>'


def shape(name):
    return f'<defs><path id="{name}" d="M0 0" /></defs>'


AXIS, TITLE = "<g><path /></g>", "<g><text>title</text></g>"


def test_frames_of_which_no_piece_moves_stay_as_they_are():
    frames = [[AXIS, mark(1), TITLE], [AXIS, mark(2), TITLE]]
    assert level(frames) == frames
    twice = [[AXIS, AXIS, mark(1)], [AXIS, AXIS, mark(2)]]  # two pieces that are the same have two places
    assert level(twice) == twice


def test_what_follows_a_piece_that_goes_stays_in_its_place_and_the_place_is_empty():
    frames = [[AXIS, mark(1), mark(1, "red"), TITLE], [AXIS, mark(2, "red"), TITLE], [AXIS, mark(3), TITLE]]
    assert level(frames) == [
        [AXIS, mark(1), mark(1, "red"), TITLE],
        [AXIS, "<g />", mark(2, "red"), TITLE],
        [AXIS, mark(3), "<g />", TITLE],
    ]


def test_a_piece_that_comes_between_others_has_a_place_of_its_own():
    plain, more = [AXIS, mark(1), TITLE], [AXIS, mark(1), mark(1, "red"), TITLE]
    assert level([plain, more, plain]) == [[AXIS, mark(1), "<g />", TITLE], more, [AXIS, mark(1), "<g />", TITLE]]


def test_the_shapes_of_all_frames_stand_first_in_each():
    frames = [[AXIS, shape("one"), mark(1)], [AXIS, mark(1)], [shape("one"), shape("two"), AXIS, mark(2)]]
    assert level(frames) == [[shape("one"), shape("two"), AXIS, mark(k)] for k in (1, 1, 2)]


def test_two_pieces_that_change_places_are_not_both_kept():
    """One keeps its place; the other has two, of which one is empty."""
    frames = [[AXIS, mark(1), TITLE], [AXIS, TITLE, mark(1)]]
    one, other = level(frames)
    assert len(one) == len(other) == 4
    assert sum(a == b for a, b in zip(one, other, strict=True)) == 2  # the axis, and one of the two


PIECES = st.sampled_from([AXIS, TITLE, shape("one"), shape("two"), mark(1), mark(2), mark(3, "red"), mark(4, "red")])


@given(st.lists(st.lists(PIECES, max_size=6, unique=True), min_size=1, max_size=6))
def test_any_frames_become_of_one_length_and_show_what_they_showed(frames):
    found = level(frames)
    assert len({len(frame) for frame in found}) == 1
    assert all(shows(frame, drawn) for frame, drawn in zip(found, frames, strict=True))


@given(st.lists(st.lists(st.integers(0, 5), max_size=5), min_size=1, max_size=6))
def test_changes_lead_to_the_frames(frames):
    known = {}
    frames = [[known.setdefault(piece, len(known)) for piece in frame] for frame in frames]
    now, seen = [], itertools.count()
    for frame, told in zip(frames, changes(frames), strict=True):
        numbered = [next(seen) if piece < 0 else piece for piece in told[1:]] if told[:1] == [-1] else None
        if numbered is None:
            for place, piece in zip(told[::2], told[1::2], strict=True):
                now[place] = next(seen) if piece < 0 else piece
        now = now if numbered is None else numbered
        assert now == frame


@pytest.mark.parametrize("many", [2, 40])
def test_a_mark_that_moves_takes_the_place_of_its_like(many):
    """So the player has new places to write and no elements to make."""
    frames = [[AXIS, *(mark(10 * k + n) for n in range(k % many)), mark(k, "red"), TITLE] for k in range(many)]
    for column in zip(*level(frames), strict=True):
        assert len({re.sub(r' x="\d+"', "", piece) for piece in column} - {"<g />"}) == 1
