"""Upload of ratings from another service: read, matched, shown, and used when the visitor agrees; only in memory."""

from dataclasses import dataclass

import streamlit as st

from ucf_core.base.errors import UcfError
from ucf_core.datasets.personal.export_registry import OTHER, services
from ucf_core.datasets.personal.exports import MAX_BYTES, Export, read_export
from ucf_core.datasets.personal.matching import CERTAIN, Match, Matching, match_export
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base import text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache
from ucf_ui.views.taste import profile
from ucf_ui.views.taste import tables as taste_tables
from ucf_ui.widgets import tables

_READ = "_taste_read"
_ROUND = "_taste_round"


@dataclass(frozen=True)
class _Read:
    """An uploaded file, read for a dataset: its content, or why it cannot be used."""

    about: tuple[str, str]
    export: Export | None = None
    matching: Matching | None = None
    problem: str = ""


def service_names() -> list[str]:
    """Names of the services whose exports can be read."""
    return [service.name for service in services()]


@fragment
def panel(ratings: Ratings) -> None:
    """Draw a box for the file, what was found in it, and a button to use it."""
    profile.rerun_if_changed()
    file = st.file_uploader(
        f"Ratings from {text.either([*service_names(), 'this page'])}",
        key=f"taste-file-{st.session_state.setdefault(_ROUND, 0)}",
        max_upload_size=MAX_BYTES >> 20,
        help=" ".join(f"{service.name}: {service.how}." for service in services())
        + f" Or {OTHER.how}. The file is read in memory and not kept.",
    )
    if file is None:
        st.session_state.pop(_READ, None)
        return
    about = (file.file_id, ratings.fingerprint)
    read = st.session_state.get(_READ)
    if not isinstance(read, _Read) or read.about != about:
        read = st.session_state[_READ] = _read(file.getvalue(), ratings, about)
    if read.export is None or read.matching is None:
        st.error(text.plain(read.problem), icon=":material/error:")
        return
    _show(read.export, read.matching, ratings)


def _read(data: bytes, ratings: Ratings, about: tuple[str, str]) -> _Read:
    # not by `errors_shown`: the content of the file must not get into a log
    try:
        export = read_export(data, scale=ratings.scale)
        return _Read(about, export, match_export(export, ratings, cache.title_index(ratings.fingerprint, ratings)))
    except UcfError as error:
        return _Read(about, problem=str(error))


def _show(export: Export, matching: Matching, ratings: Ratings) -> None:
    st.caption(_summary(export, matching, ratings))
    if not matching.matches:
        amount = text.counted(len(export.films), "film")
        st.warning(
            f"This file has {amount}, and this dataset has none of them. Choose another dataset in the sidebar, or "
            "check that the column of titles holds titles.",
            icon=":material/search_off:",
        )
    else:
        _show_matches(matching, ratings)
    if matching.unmatched:
        with st.expander(f"Not in this dataset: {text.counted(len(matching.unmatched), 'film')}"):
            tables.show(taste_tables.lines(matching.unmatched), height=250, alt="Films that were not found")
            if matching.untried:
                st.caption(f"{text.count(matching.untried)} of them were too many to compare with similar titles.")
    if matching.replaced:
        with st.expander(f"Rated more than once: {text.counted(len(matching.replaced), 'line')} left out"):
            st.caption(
                "Only one rating of each film counts: from a line that names it for certain, and of several such lines "
                "the latest. Left out:"
            )
            replaced = taste_tables.lines([match.film for match in matching.replaced])
            tables.show(replaced, height=200, alt="Ratings that were left out")


def _summary(export: Export, matching: Matching, ratings: Ratings) -> str:
    low, high = ratings.scale
    read = f"Read as {export.source.name}, {export.encoding}: {text.counted(len(export.films), 'rating')}"
    sentences = [f"{read}, {text.counted(len(matching.matches), 'film')} found here."]
    if export.unrated:
        sentences.append(f"{text.counted(export.unrated, 'line')} without a rating left out.")
    if export.no_films:
        sentences.append(f"{text.counted(export.no_films, 'line')} of episodes, games and the like left out.")
    first, last = export.source.scale or ratings.scale
    if (first, last) == ratings.scale:
        sentences.append(f"Its scale is this dataset's, from {low:g} to {high:g}.")
    else:
        sentences.append(f"Its scale from {first:g} to {last:g} becomes this dataset's, from {low:g} to {high:g}.")
    return " ".join(sentences)


def _show_matches(matching: Matching, ratings: Ratings) -> None:
    unsure = [match for match in matching.matches if match.how not in CERTAIN]
    only_sure = bool(unsure) and st.toggle(
        "Only what is certain",
        key="taste-only-sure",
        help="Leave out films found by a similar title, without a year or in another year, or called a series in the "
        "file.",
    )
    chosen: list[Match] = [match for match in matching.matches if not only_sure or match.how in CERTAIN]
    tables.show(taste_tables.matches(ratings, chosen), height=300, alt="Films found, the least certain first")
    st.button(
        f"Use {text.counted(len(chosen), 'rating')}",
        key="taste-use",
        icon=":material/check:",
        type="primary",
        disabled=not chosen,
        on_click=safely(_use, ratings, chosen),
        help="Add them to your ratings. They replace your ratings of the same films.",
    )


def _use(ratings: Ratings, chosen: list[Match]) -> None:
    profile.add(ratings, {ratings.items.raw(match.row): match.rating for match in chosen})
    st.session_state.pop(_READ, None)
    st.session_state[_ROUND] += 1  # an empty box for the next file
