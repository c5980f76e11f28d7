"""State of a session or of the server: caches, jobs and their progress, own uploads, dataset and user of the sidebar.

In: session state and URL. Out: an `Explorer`, a user, a job.
"""
