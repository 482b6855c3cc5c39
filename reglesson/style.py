"""The course's colours and matplotlib settings, light and dark.

A figure is drawn once, in the light colours. On the website each colour
becomes a CSS variable, so that the same figure is legible in dark mode; the
pairs stand here. Lines reach a contrast of 3:1 and text 4.5:1 on both pages.
The hues follow Okabe and Ito (2008), which people with colour blindness can
tell apart; darkness and brightness are adjusted to each background.
Whoever imports this module has explorers drawn in these colours.
"""

from reglesson import explore

# name: (on a light page, on a dark page)
PALETTE = {
    "ink": ("#22272e", "#e8eaed"),  # text, axes, the data's dots
    "muted": ("#646b75", "#a4abb5"),  # secondary text, reference lines
    "grid": ("#d9dde3", "#3d434b"),
    "paper": ("#ffffff", "#14181e"),  # halos and fills that hide what lies below
    "blue": ("#0067b1", "#5cb3f2"),  # the fit; training error
    "orange": ("#c24e00", "#ff9b52"),  # test or validation error
    "green": ("#00795c", "#36c9a0"),  # the truth; the best choice
    "purple": ("#9a3f86", "#e292cf"),  # the penalty, the constraint
    "gold": ("#8a6d00", "#e3c04a"),  # a fourth series
    "sky": ("#4a90c2", "#8fc7ee"),  # a lighter companion of blue
}
INK, MUTED, GRID, PAPER, BLUE, ORANGE, GREEN, PURPLE, GOLD, SKY = (light for light, _ in PALETTE.values())

RC = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,  # a fixed height: else matplotlib lays out every tick once more to place it
    "axes.labelsize": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.prop_cycle": "cycler('color', ['#0067b1', '#c24e00', '#00795c', '#9a3f86', '#8a6d00'])",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "grid.color": GRID,
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "patch.edgecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    # fixed margins: axes that do not move between frames look calm, and their pieces are shared
    "figure.constrained_layout.use": False,
    "figure.subplot.left": 0.11,
    "figure.subplot.right": 0.98,
    "figure.subplot.bottom": 0.17,
    "figure.subplot.top": 0.89,
    "figure.subplot.wspace": 0.3,
    "figure.subplot.hspace": 0.45,
    "svg.fonttype": "none",
    "svg.hashsalt": "reglesson",
    "path.simplify": True,
    "mathtext.fontset": "dejavusans",
}

explore.configure(PALETTE, RC)
