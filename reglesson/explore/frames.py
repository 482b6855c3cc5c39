"""Frames as lists of pieces in which like stands at the place of like, and what changes from each to the next."""

import functools
import itertools
import re


def level(frames):
    """Frames made of one length: where one lacks what another has, it has an empty piece, and what follows keeps its place.

    The player writes new places into what is shown, which is quicker than new elements as long as like follows like.
    """
    stands = {}
    if len({len(frame) for frame in frames}) == 1 and all(
        stands.setdefault(piece, k) == k for frame in frames for k, piece in enumerate(frame) if frame.count(piece) == 1
    ):
        return frames
    places, order, rows = [], [], []  # of each place the pieces that have stood there; places as they follow; {place: piece}
    for frame in frames:
        met = _met([places[place] for place in order], frame)
        row, now = {}, []
        for place, piece in met:
            now.append(len(places) if place is None else order[place])
            if place is None:
                places.append([])
            if piece is not None:
                row[now[-1]] = piece
                places[now[-1]].append(piece)
        order = now
        rows.append(row)
    empty = [re.match(r"<\w+", known[0])[0] + " />" for known in places]
    return [[row.get(place, empty[place]) for place in order] for row in rows]


def _met(places, frame):
    """Which piece of a frame stands at which place: pairs in order, with None for a new place or for no piece.

    Of all ways one in which most pieces stand where they stood, and else take the place of their like.
    """
    low = 0
    while low < min(len(places), len(frame)) and places[low][-1] == frame[low]:
        low += 1
    high = 0
    while high < min(len(places), len(frame)) - low and places[-1 - high][-1] == frame[-1 - high]:
        high += 1
    left, right = places[low : len(places) - high], frame[low : len(frame) - high]
    # for the first i places and the first j pieces: how good the best way is, and its last step
    best = [[(0, 0)] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, j in itertools.product(range(len(left) + 1), range(len(right) + 1)):
        ways = [(best[i - 1][j][0], 0)] * (i > 0) + [(best[i][j - 1][0], 1)] * (j > 0)
        if i and j and (good := _fits(left[i - 1], right[j - 1])):
            ways.append((best[i - 1][j - 1][0] + good, 2))
        best[i][j] = max(ways, default=(0, 0))
    i, j, middle = len(left), len(right), []
    while i or j:
        step = best[i][j][1]
        i, j = i - (step != 1), j - (step != 0)
        middle.append((low + i if step != 1 else None, right[j] if step != 0 else None))
    ends = [(len(places) - k, frame[-k]) for k in range(high, 0, -1)]
    return [*enumerate(frame[:low]), *reversed(middle), *ends]


def _fits(place, piece):
    """How well a piece stands in a place: 4 if it stood there, 1 if it is drawn as the last one was, else 0."""
    return 4 if piece in place else int(_kind(piece) == _kind(place[-1]))


@functools.lru_cache(10_000)
def _kind(piece):
    """What a piece is without its places and words; a shape that others name is like no other."""
    return piece if piece.startswith("<defs") else re.sub(r'\b(d|x|y|width|height|transform|points)="[^"]*"|>[^<]+<', "", piece)


def changes(frames):
    """How to get from each frame to the next: [position, piece, ...] if they are of one length, else [-1, piece, ...].

    Pieces are numbered in the order in which they come; one that was not there before is -1, so that many changes read alike.
    """
    told, before, seen = [], [], 0
    for frame in frames:
        whole = len(frame) != len(before)
        told.append([-1] * whole)
        for k, piece in enumerate(frame):
            if whole or piece != before[k]:
                told[-1] += ([] if whole else [k]) + [piece if piece < seen else -1]
                seen = max(seen, piece + 1)
        before = frame
    return told
