"""reglesson: the companion package of a course on regularization.

Each chapter of the book has a module of its own name (`reglesson.l2`,
`reglesson.dropout`, ...); import what you read about from there. Nothing is
imported here, so that ``import reglesson`` costs no more than NumPy.
"""

__version__ = "0.1.0"
