"""Background jobs: a first-come, first-served queue with one worker, progress, time left and cancel.

In: a function and a key. Out: a `Job` that any session can watch.
"""
