"""A profile as a CSV that people can keep, and that read_export reads again."""

import csv
import io
from collections.abc import Mapping

from ucf_core.ids import RawId
from ucf_core.ratings import Ratings


def profile_csv(ratings: Ratings, rated: Mapping[RawId, float]) -> bytes:
    """Columns itemId, title, year and rating, in UTF-8; ratings as the dataset has them."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["itemId", "title", "year", "rating"])
    for raw, rating in rated.items():
        row = ratings.items.row(raw)
        title = ratings.catalogue.titles[row] or ""
        item = raw if isinstance(raw, int) else _harmless(raw)
        rows.writerow([item, _harmless(title), ratings.catalogue.year(row) or "", f"{rating:.9g}"])
    return out.getvalue().encode("utf-8")


def _harmless(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
