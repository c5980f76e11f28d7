"""The text of an uploaded file, whichever way it is encoded."""

import codecs
import re

from ucf_core.base.errors import DatasetError

MAX_BYTES = 8 << 20
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it and upload the ratings.csv in it",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"%PDF": "a PDF file; export the ratings as CSV",
    b"PAR1": "a Parquet file; export the ratings as CSV",
}

# Control characters that no table holds.
_BINARY = re.compile("[\0-\b\x0e-\x1a\x1c-\x1f]")


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a file, and its encoding. Raises DatasetError for what is empty, too large, or no text."""
    if not data:
        raise DatasetError("the file is empty; it needs a line of column names and at least one rating")
    if len(data) > MAX_BYTES:
        raise DatasetError(
            f"the file has {len(data) / 2**20:,.1f} MiB; an export of one person's ratings has at most "
            f"{MAX_BYTES >> 20}: upload whole datasets on the Data page"
        )
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise DatasetError(f"the file is {what}")
    for encoding, name in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BINARY.search(text):
            break
        return text, name
    raise DatasetError("the file is binary, not text; export the ratings as CSV")


def _candidates(data: bytes) -> list[tuple[str, str]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return [("utf-16", "UTF-16")]
    head = data[:2000]
    # of mostly Latin text every second byte is zero
    if len(data) % 2 == 0 and head[1::2].count(0) > len(head) // 4:
        return [("utf-16-le", "UTF-16")]
    if len(data) % 2 == 0 and head[::2].count(0) > len(head) // 4:
        return [("utf-16-be", "UTF-16")]
    return [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "Latin-1")]
