"""Files under `UCF_HOME`: where they lie, how they are written whole or not at all, and how artifacts are addressed.

In: bytes, arrays and JSON. Out: the same, checked against their checksums.
"""
