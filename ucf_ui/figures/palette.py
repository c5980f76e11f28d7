"""The colours of all charts: ten hues, what they mean, and scales made of them.

Each hue is visible on the white of the light theme and on the near-black of the dark one (a contrast of 3 to 1 at
least, WCAG 2.1), and readers with any colour blindness can distinguish all of them (simulated as in Machado, Oliveira
and Fernandes 2009; distances by CIEDE2000). They were found by search under these conditions, which a test checks. No
colour is legible as text on both backgrounds: text has the colour of the theme.
"""

from collections.abc import Sequence

BLUE, TEAL, ORANGE, GREY, MAUVE = "#4894f9", "#2c906f", "#d43900", "#5b676b", "#ad73a3"
GOLD, INDIGO, PINK, OLIVE, BRICK = "#c2880b", "#505ebe", "#f15d86", "#93874d", "#a8453e"

# The meaning of a mark; these five are used together in charts, and differ most.
USER = BLUE  # the user in question, and their results
NEIGHBOUR = TEAL  # neighbours, and results made of their ratings
MISSED = ORANGE  # losses: missed, against, less
MARKED = ORANGE  # the present setting, the present step
REFERENCE = GREY  # a value to compare with: exact search, chance, a baseline
ALL_USERS = MAUVE  # all users, all films

# Series without a meaning of their own, in the order in which they are used; the last one is for the rest.
SERIES = (BLUE, ORANGE, TEAL, MAUVE, GOLD, INDIGO, PINK, OLIVE, BRICK, GREY)

# The user among thousands of marks of every colour above; drawn with an edge, since it is faint on white.
STAR = "#ffcf33"

# Text on a mark of USER, NEIGHBOUR or ALL_USERS.
DARK = "#0c1622"


def faint(colour: str, opacity: float) -> str:
    """A colour of this module, translucent; `opacity` from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:.3g})"


# From little to much, with the page itself as the lower end; and around a meaningful middle.
SEQUENTIAL = (faint(NEIGHBOUR, 0.12), faint(NEIGHBOUR, 1))
DENSITY = (faint(REFERENCE, 0.12), faint(REFERENCE, 0.9))
DIVERGING = (ORANGE, GREY, BLUE)
# For marks, which must not fade into the page: brighter all the way.
RISING = (INDIGO, TEAL, "#c2b64a")


def scale(colours: Sequence[str]) -> list[tuple[float, str]]:
    """Colours at equal distances, as Plotly's `colorscale`."""
    return [(at / (len(colours) - 1), colour) for at, colour in enumerate(colours)]
