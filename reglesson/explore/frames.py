"""Frames as lists of pieces in which like stands at the place of like, and what changes from each to the next.

The player writes new places and words into what it shows, which is quicker than new elements; so what follows a piece
that comes or goes should not move, and a piece should take the place of another that is drawn alike.
"""

import functools
import itertools
import re


def level(frames: list[list[str]]) -> list[list[str]]:
    """Frames made of one length: first the shapes of all; then marks, with an empty piece where one lacks what another has."""
    shapes = list(dict.fromkeys(piece for frame in frames for piece in frame if _is_shape(piece)))
    return [[*shapes, *frame] for frame in _level([[piece for piece in frame if not _is_shape(piece)] for frame in frames])]


def _is_shape(piece: str) -> bool:
    """Whether a piece is not seen itself: where a shape comes or goes, all that could refer to it takes the browser long."""
    return piece.startswith("<defs")


def _level(frames: list[list[str]]) -> list[list[str]]:
    if len({len(frame) for frame in frames}) == 1 and _stand_still(frames):
        return frames
    places: list[list[str]] = []  # the pieces that have stood at each, the last one last
    order: list[int] = []  # places from left to right
    rows: list[dict[int, str]] = []  # of each frame what stands at which place
    for frame in frames:
        row, now = {}, []
        for k, piece in _met([places[place] for place in order], frame):
            place = len(places) if k is None else order[k]
            now.append(place)
            places += [[]] * (k is None)
            if piece is not None:
                row[place] = piece
                places[place] = [*places[place], piece]
        order = now
        rows.append(row)
    empty = [re.sub(r"(?s)^(<\w+).*", r"\1 />", known[0]) for known in places]
    return [[row.get(place, empty[place]) for place in order] for row in rows]


def _stand_still(frames: list[list[str]]) -> bool:
    """Whether each piece stands at the same place in all frames of one length that have it."""
    stands: dict[str, int] = {}
    return all(stands.setdefault(piece, k) == k for frame in frames for k, piece in enumerate(frame) if frame.count(piece) == 1)


def _met(places: list[list[str]], frame: list[str]) -> list[tuple[int | None, str | None]]:
    """Pairs of a place and the piece of a frame that stands there, in order; None for a place that is new, or for no piece.

    Of all ways one in which the most pieces stand where they stood before, and others take the place of their like.
    """
    low, most = 0, min(len(places), len(frame))
    while low < most and places[low][-1] == frame[low]:
        low += 1
    high = 0
    while high < most - low and places[-1 - high][-1] == frame[-1 - high]:
        high += 1
    left, right = places[low : len(places) - high], frame[low : len(frame) - high]
    # for the first i places and the first j pieces: how good the best way is, and its last step
    best = [[(0, 0)] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, j in itertools.product(range(len(left) + 1), range(len(right) + 1)):
        ways = [(best[i - 1][j][0], 0)] * (i > 0) + [(best[i][j - 1][0], 1)] * (j > 0)
        if i and j and (good := _fits(left[i - 1], right[j - 1])):
            ways.append((best[i - 1][j - 1][0] + good, 2))
        best[i][j] = max(ways, default=(0, 0))
    i, j = len(left), len(right)
    middle: list[tuple[int | None, str | None]] = []
    while i or j:
        step = best[i][j][1]
        i, j = i - (step != 1), j - (step != 0)
        middle.append((low + i if step != 1 else None, right[j] if step != 0 else None))
    ends = [(len(places) - k, frame[-k]) for k in range(high, 0, -1)]
    return [*enumerate(frame[:low]), *reversed(middle), *ends]


def _fits(place: list[str], piece: str) -> int:
    """How well a piece stands in a place: 4 if it stood there, 1 if it is drawn as the last one was, else 0."""
    return 4 if piece in place else int(_kind(piece) == _kind(place[-1]))


@functools.lru_cache(10_000)
def _kind(piece: str) -> str:
    """What a piece is without its places and words."""
    return re.sub(r'\b(d|x|y|width|height|transform|points)="[^"]*"|>[^<]+<', "", piece)


def changes(frames: list[list[int]]) -> list[list[int]]:
    """How to get from each frame to the next: [position, piece, ...] if they are of one length, else [-1, piece, ...].

    Pieces are numbered in the order in which they come; one that was not there before is -1, so that many changes read alike.
    """
    told: list[list[int]] = []
    before: list[int] = []
    seen = 0
    for frame in frames:
        whole = len(frame) != len(before)
        told.append([-1] * whole)
        for k, piece in enumerate(frame):
            if whole or piece != before[k]:
                told[-1] += ([] if whole else [k]) + [piece if piece < seen else -1]
                seen = max(seen, piece + 1)
        before = frame
    return told
