"""A seeded generator of ratings with the shape of MovieLens: users, films, opinions, sessions.

In: numbers of users, films and ratings. Out: a folder with ratings.csv and movies.csv.
"""
