"""Where rating files come from: the registry, downloads, the embedded sample, uploads, links and cluster builds.

In: a dataset name. Out: the path of its files, or the ratings that were imported before.
"""
