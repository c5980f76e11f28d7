"""What the commands print for people."""


def test_text_output_shows_the_same_numbers(run, answer):
    found = answer("neighbours", "sample", 1, "--k", 3)
    code, out, err = run("neighbours", "sample", 1, "--k", 3)
    assert (code, err) == (0, "")
    assert out.startswith("3 neighbours of user 1 by hnsw search in ")
    for neighbour in found["neighbours"]:
        words = next(line.split() for line in out.splitlines() if line.split()[0] == str(neighbour["user"]))
        assert words == [str(neighbour["user"]), f"{neighbour['similarity']:.4f}", str(neighbour["co_rated"])]


def test_text_output_of_the_other_commands(run):
    for words, expected in (
        (("datasets",), "MovieLens Small 2016"),
        (("build", "sample"), "sample: 671 users, 9,066 items, 100,004 ratings"),
        (("predict", "sample", 1, 31), "Dangerous Minds: "),
        (("predict", "sample", 1, 31, "--min-support", 600), "bias estimate: too few neighbours rated it"),
        (("recommend", "sample", 1, "--n", 2), "predicted rating"),
        (("recall", "sample", "--ef", 32, "--sample", 10), "recall by id"),
    ):
        code, out, err = run(*words)
        assert (code, err) == (0, ""), words
        assert expected in out


def test_tables_stay_aligned_under_their_heads(run):
    _, out, _ = run("recommend", "sample", 1, "--n", 5)
    head, *rows = out.splitlines()
    assert len(rows) == 5
    assert all(row[head.index("title") - 1] == " " != row[head.index("title")] for row in rows)
