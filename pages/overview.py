"""The Overview page: the size of the dataset, the tour, and the other pages."""

import streamlit as st

from ucf_core.datasets.sources.registry import CITATION, REGISTRY
from ucf_ui.base import pages, text
from ucf_ui.base.widgets import tile
from ucf_ui.figures.dataset import activity_histogram, dataset_histogram, popularity_curve
from ucf_ui.session import sidebar
from ucf_ui.shell import page
from ucf_ui.views.tour import tour

page.guard()
view = sidebar.view()
ratings = view.ratings
page.header(pages.OVERVIEW, "Find similar users, see what they recommend, and check whether to trust it.")

with st.container(horizontal=True):
    tile("Users", text.count(ratings.n_users))
    tile("Films", text.count(ratings.n_items))
    tile("Ratings", text.count(ratings.n_ratings))
    tile(
        "Density",
        f"{100 * ratings.n_ratings / (ratings.n_users * ratings.n_items):.2f} %",
        help="Share of all user and film pairs that have a rating.",
    )
    tile("Mean rating", f"{ratings.mean:.2f}", help="In stars, over all ratings.")

tour.panel(view.explorer)

st.subheader("What is in this dataset", anchor=False)
columns = st.columns(3, gap="medium")
chosen = None if view.user is None else int(ratings.user_counts[ratings.users.row(view.user)])
columns[0].plotly_chart(dataset_histogram(*ratings.value_counts), alt="Bar chart of how often each rating was given")
columns[1].plotly_chart(
    activity_histogram(ratings.user_counts, chosen), alt="Bar chart of users by how many films they rated"
)
columns[2].plotly_chart(
    popularity_curve(ratings.item_counts), alt="Curve of ratings per film, from the most to the least popular film"
)

st.subheader("Where to go", anchor=False)
columns = st.columns(len(pages.SECTIONS), gap="medium")
for column, (section, entries) in zip(columns, pages.SECTIONS.items(), strict=True):
    with column:
        st.markdown(f"**{section}**")
        for entry in entries:
            if entry is not pages.OVERVIEW:
                with st.container(border=True):
                    st.page_link(entry.path, label=f"**{entry.title}**", icon=entry.icon)
                    st.caption(entry.purpose)

notes = []
if ratings.report.n_duplicates:
    amount = text.counted(ratings.report.n_duplicates, "rating")
    notes.append(f"{amount} replaced by a later rating of the same user and film.")
if ratings.report.n_untitled:
    notes.append(f"{text.counted(ratings.report.n_untitled, 'film')} without a title, shown by id.")
if notes:
    st.caption(" ".join(notes))
if view.dataset in REGISTRY:
    info = REGISTRY[view.dataset]
    st.caption(f"{info.title}, collected by GroupLens. [Terms of use]({info.licence_url}). {text.plain(CITATION)}")
