"""The colours of all charts: ten hues, what they mean, and scales made of them.

Each hue can be seen on the white of the light theme and on the near-black of the dark one (a contrast of 3 to 1 at
least, WCAG 2.1), and readers with any colour blindness can distinguish all of them (simulated as in
Machado, Oliveira and Fernandes 2009; distances by CIEDE2000). They were found by search under these conditions; a test
holds them. No colour can be read as text on both grounds: text keeps the colour that the theme gives it.
"""

from collections.abc import Sequence

BLUE, TEAL, ORANGE, GREY, MAUVE = "#4894f9", "#2c906f", "#d43900", "#5b676b", "#ad73a3"
GOLD, INDIGO, PINK, OLIVE, BRICK = "#c2880b", "#505ebe", "#f15d86", "#93874d", "#a8453e"

# What a mark is about; these five stand together in charts, and differ most.
USER = BLUE  # the user in question, and what was found for them
NEIGHBOUR = TEAL  # neighbours, and what comes of them
MISSED = ORANGE  # what is not as it should be: missed, against, less
MARKED = ORANGE  # where to look: the present setting, the present step
REFERENCE = GREY  # what a value is compared with: exact search, chance, a baseline
ALL_USERS = MAUVE  # all users, all films

# Series without a meaning of their own, in the order in which they are used; the last one is for the rest.
SERIES = (BLUE, ORANGE, TEAL, MAUVE, GOLD, INDIGO, PINK, OLIVE, BRICK, GREY)

# The user among thousands of marks of every colour above; drawn with an edge, without which it fades into white.
STAR = "#ffcf33"

# Text on a mark of USER, NEIGHBOUR or ALL_USERS.
DARK = "#0c1622"


def faint(colour: str, opacity: float) -> str:
    """A colour of this module that lets through what is below; `opacity` from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:.3g})"


# From little to much, where the page itself is the lower end; and around a middle that means something.
SEQUENTIAL = (faint(NEIGHBOUR, 0.12), faint(NEIGHBOUR, 1))
DENSITY = (faint(REFERENCE, 0.12), faint(REFERENCE, 0.9))
DIVERGING = (ORANGE, GREY, BLUE)
# Of marks, which must not fade into the page: brighter all the way.
RISING = (INDIGO, TEAL, "#c2b64a")


def scale(colours: Sequence[str]) -> list[tuple[float, str]]:
    """Colours at equal distances, as Plotly's `colorscale`."""
    return [(at / (len(colours) - 1), colour) for at, colour in enumerate(colours)]
