"""Parts of the Jobs page: the list of jobs and the neighbours of all users as a file.

In: the job queue. Out: what is drawn.
"""
