"""Fuzzing: whatever bytes a reader is given, nothing but a UcfError comes out, within bounded time and memory.

`targets` says what is tried, `mutate` makes inputs, `harness` runs one and judges it, `__main__` runs many in processes
that may die. Inputs that once broke something lie in `corpus/<target>/` and are tried in every run of the tests.
"""
