"""Parts of the Map page: point data, marks, jobs and sentences.

In: a `UserMap`. Out: what is drawn.
"""
