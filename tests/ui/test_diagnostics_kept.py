"""Of kept results, the one that was not asked for the longest makes room."""

from ucf_ui.diagnostics_kept import Kept


def test_what_was_put_is_got_and_nothing_else():
    kept = Kept(2)
    kept.put("a", 1)
    assert (kept.get("a"), kept.get("b")) == (1, None)


def test_the_one_not_asked_for_the_longest_makes_room():
    kept = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)


def test_a_new_result_of_the_same_key_takes_no_more_room():
    kept = Kept(2)
    for number, key in enumerate(["a", "b", "b", "b"]):
        kept.put(key, number)
    assert (kept.get("a"), kept.get("b")) == (0, 3)
