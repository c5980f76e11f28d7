"""What the `ucf` command promises of its JSON, and how answers are compared with it."""

NUMBER = (int, float)
EVIDENCE = {"user": int, "similarity": float, "rating": float}
RECOMMENDATION = {
    "item": int,
    "title": (str, type(None)),
    "genres": list,
    "score": float,
    "predicted_rating": float,
    "support": int,
    "evidence": list,
}


def assert_fields(value, fields):
    """All promised fields, of the promised types; more may be there. A bool is no number."""
    assert fields.keys() <= value.keys()
    for name, kinds in fields.items():
        assert isinstance(value[name], kinds), (name, value[name])
        assert kinds is bool or not isinstance(value[name], bool), name


def without_times(value):
    if isinstance(value, dict):
        timed = ("milliseconds", "seconds", "milliseconds_per_query")
        return {name: without_times(inner) for name, inner in value.items() if name not in timed}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value
