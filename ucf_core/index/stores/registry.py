"""The known vector stores. A new one is a package that implements `VectorStore`, and its name in `_STORES`."""

from ucf_core.base.errors import SpecError
from ucf_core.index.milvus.store import MILVUS
from ucf_core.index.store import StoreKind, VectorStore

_STORES: dict[str, StoreKind] = {kind.title: kind for kind in (MILVUS,)}


def register_store(kind: StoreKind) -> None:
    """Have addresses of this kind understood wherever the address of vectors can be given."""
    _STORES[kind.title] = kind


def open_store(address: str, *, timeout: float | None = None) -> VectorStore:
    """The store at an address; `timeout`: seconds a call. Raises SpecError, without repeating what may be a secret."""
    scheme = address.partition(":")[0].lower()
    for kind in _STORES.values():
        if scheme in kind.schemes:
            return kind.open(address, timeout)
    raise SpecError(f"the address of the vectors is not understood; give {store_addresses()}")


def store_titles() -> str:
    """The products in which vectors can be, for messages: "Milvus"."""
    return " or ".join(_STORES)


def store_addresses() -> str:
    """How their addresses are written, for messages."""
    return " or ".join(address for kind in _STORES.values() for address in kind.addresses)
