"""Short words for what tests ask of a page."""

from pathlib import Path

from ucf_ui.base import pages

TITLES = {Path(entry.path).stem: entry.title for entry in pages.ENTRIES}
PAGES = tuple(TITLES)


def healthy(tester):
    """No exception on the page, neither as Streamlit shows it nor by its id in the log."""
    assert [element.value for element in tester.exception] == []
    assert [text for text in texts(tester.error) if text.startswith("Something went wrong")] == []
    return tester


def go(tester, name):
    """Switch the page within a session."""
    return healthy(tester.switch_page(f"pages/{name}.py").run())


def texts(elements):
    return [element.value for element in elements]


def metric(tester, label):
    return next(element.value for element in tester.metric if element.label == label)


def button(tester, label):
    return next(element for element in tester.button if element.label == label)


def frames(tester):
    return [element.value for element in tester.dataframe]


def user(tester):
    """What the sidebar has as the user."""
    boxes = [*tester.sidebar.number_input, *tester.sidebar.text_input]
    return next(box.value for box in boxes if box.key == "user")
