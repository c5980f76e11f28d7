"""An `Explorer` on a cluster build, which reads a user's rows from files and searches the vector store.

In: the folder of a build. Out: an `Explorer` with the usual methods.
"""
