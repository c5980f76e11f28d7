"""Linear algebra that SciPy does not offer: parallel sparse products, and a limit on BLAS threads.

In: CSR matrices and dense float32 blocks. Out: dense arrays.
"""
