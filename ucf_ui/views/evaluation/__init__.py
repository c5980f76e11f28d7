"""Parts of the Evaluation page: controls, jobs, tables, curves and sentences.

In: an `Evaluation`. Out: what is drawn.
"""
