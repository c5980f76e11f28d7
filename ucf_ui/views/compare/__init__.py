"""Parts of the Compare page: two users, or two settings for one user.

In: results of the core. Out: controls, tables and sentences.
"""
