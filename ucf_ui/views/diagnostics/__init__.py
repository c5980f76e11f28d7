"""Parts of the Diagnostics page: jobs, tables and sentences.

In: a `Diagnosis`. Out: what is drawn.
"""
