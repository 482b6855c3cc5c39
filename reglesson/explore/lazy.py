"""A figure whose axes make no ticks before somebody asks for them.

matplotlib makes some ticks with each axis, of five artists each, to keep in them how others will look, and as many as there
will be when it is told where they are. But an axis that is the same in many frames is drawn once (`same`), and in the other
frames nobody looks at its ticks. So here they are made when they are needed: what they look like is known without them.
"""

import contextlib
import functools
from collections.abc import Sequence

import matplotlib.axes
import matplotlib.axis
import matplotlib.figure
from matplotlib import rcParams


def _makes_none(method):
    """A method of an axis that changes the ticks that there are, and makes none in order to change it."""

    def changed(self, *words, **more):
        absent = {name: [] for name in ("majorTicks", "minorTicks") if name not in vars(self)}
        vars(self).update(absent)
        try:
            return method(self, *words, **more)
        finally:
            for name in absent:
                vars(self).pop(name, None)

    return changed


class Lazy:
    """What both axes have in common."""

    set_tick_params = _makes_none(matplotlib.axis.Axis.set_tick_params)

    @_makes_none
    def set_clip_path(self, path, transform=None):
        """Clip the ticks that there are, and have the axis' lines know their places, as the first tick would."""
        super().set_clip_path(path, transform)
        for spine in self.axes.spines.values():
            if spine.axis is self:
                spine.get_spine_transform()

    def reset_ticks(self):
        """Forget the ticks, and note the settings that the next ones are made with."""
        self.rc = _now()
        super().reset_ticks()

    def _get_tick(self, major):
        now = _now()
        dict.update(rcParams, self.rc)
        try:
            tick = super()._get_tick(major)
        finally:
            dict.update(rcParams, now)
        tick.set_clip_path(self.get_clip_path())
        for part in (tick, tick.gridline):
            part.set_clip_box(self.get_clip_box())
        return tick

    def _set_tick_locations(self, ticks, *, minor=False):
        make = super().get_minor_ticks if minor else super().get_major_ticks
        with self._telling(lambda count: Later(lambda: make(count))):
            return super()._set_tick_locations(ticks, minor=minor)

    def set_ticklabels(self, labels, *, minor=False, fontdict=None, **look):
        """Set the texts of the ticks; a look of their own is given to ticks that are there."""
        if look or fontdict:
            return super().set_ticklabels(labels, minor=minor, fontdict=fontdict, **look)
        with self._telling(lambda count: ()):
            made = super().set_ticklabels(labels, minor=minor)
        return made or Later(lambda: self.get_ticklabels(minor=minor))

    @contextlib.contextmanager
    def _telling(self, answer):
        """Answer in the place of the ticks, as long as it lasts."""
        self.get_major_ticks = self.get_minor_ticks = answer
        try:
            yield
        finally:
            del self.get_major_ticks, self.get_minor_ticks


class Later(Sequence):
    """A list that is made when somebody looks at it."""

    def __init__(self, made):
        self.made = functools.cache(made)

    def __len__(self):
        return len(self.made())

    def __getitem__(self, k):
        return self.made()[k]


def _now():
    """The settings as they are, read around the checks that matplotlib makes of each."""
    return dict(dict.items(rcParams))


class XAxis(Lazy, matplotlib.axis.XAxis):
    """The axis across."""


class YAxis(Lazy, matplotlib.axis.YAxis):
    """The axis upwards."""


class Axes(matplotlib.axes.Axes):
    """Axes of these two."""

    def _init_axis(self):
        super()._init_axis()
        self.xaxis.__class__, self.yaxis.__class__ = XAxis, YAxis


class Figure(matplotlib.figure.Figure):
    """A figure of such axes, where no others are asked for."""

    def _process_projection_requirements(self, **asked):
        kind, rest = super()._process_projection_requirements(**asked)
        return Axes if kind is matplotlib.axes.Axes else kind, rest
