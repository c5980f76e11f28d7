"""A file that one person uploads for themselves: they see it on every page, and nobody else sees anything of it."""

from playwright.sync_api import expect
from reading import assert_healthy, open_page, parameters, settle, user

_NOTE_SOCKETS = """
    window.sockets = [];
    window.WebSocket = class extends WebSocket { constructor(...given) { super(...given); sockets.push(this); } };
"""


def names(tab):
    """What the list of datasets in the sidebar offers."""
    tab.locator(".st-key-dataset input").click()
    options = tab.get_by_role("option")
    expect(options.first).to_be_visible()
    found = [text.strip() for text in options.all_inner_texts()]
    tab.keyboard.press("Escape")
    return found


def test_what_one_person_uploads_another_does_not_see_and_it_outlives_a_lost_connection(new_tab, base_url):
    mine, other = new_tab(base_url), open_page(new_tab(base_url), "/data")
    mine.add_init_script(_NOTE_SOCKETS)
    open_page(mine, "/data")
    content = b"user,item,rating\nann,x,4\nann,y,2\nbob,x,5\nbob,z,3\ncyd,y,1\ncyd,z,5\n"
    mine.locator("input[type=file]").set_input_files({"name": "sec.csv", "mimeType": "text/csv", "buffer": content})
    settle(mine)
    mine.get_by_role("button", name="Add this file").click()
    mine.get_by_role("button", name="Open it", exact=True).click()
    settle(mine)
    dataset = mine.locator(".st-key-dataset input")
    expect(dataset).to_have_value("sec.csv (only you)")
    assert user(mine) in ("ann", "bob", "cyd")

    other.reload()
    settle(other)
    assert not any("sec.csv" in name for name in names(other))
    assert "sec.csv" not in other.locator("body").inner_text()
    linked = open_page(new_tab(base_url), "/neighbours?dataset=session:sec.csv")
    expect(linked.get_by_text("was in the memory of another session")).to_be_visible()
    assert user(linked) not in ("ann", "bob", "cyd")

    before = mine.evaluate("sockets.length")
    mine.evaluate("sockets.forEach(socket => socket.close())")
    mine.wait_for_function("before => sockets.length > before", arg=before)
    settle(mine)
    mine.get_by_role("link", name="Neighbours", exact=True).first.click()
    mine.locator("h1", has_text="Neighbours").wait_for()
    settle(mine)
    assert parameters(mine)["dataset"] == "session:sec.csv"
    expect(dataset).to_have_value("sec.csv (only you)")
    for tab in (mine, other, linked):
        assert_healthy(tab)
