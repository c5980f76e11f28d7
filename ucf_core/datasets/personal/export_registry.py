"""The services whose exports are read. A new one is a module with an `ExportService` and its name in `_SERVICES`."""

from collections.abc import Sequence

from ucf_core.datasets.personal.export_imdb import IMDB
from ucf_core.datasets.personal.export_letterboxd import LETTERBOXD
from ucf_core.datasets.personal.export_movielens import MOVIELENS
from ucf_core.datasets.personal.export_service import ExportService, plain

_SERVICES: dict[str, ExportService] = {service.name: service for service in (LETTERBOXD, IMDB, MOVIELENS)}

OTHER = ExportService(
    name="a table of titles and ratings",
    how="any table with a title and a rating",
    scale=None,
    recognises=lambda _: True,
    rows=IMDB.rows,  # it may be an export of IMDb whose columns were renamed
    personal=False,
)
"""For a file that no service recognises."""


def register_service(service: ExportService) -> None:
    """Add a service: its files are read, and the upload pages name it."""
    _SERVICES[service.name] = service


def services() -> tuple[ExportService, ...]:
    """All registered services, in the order of registration."""
    return tuple(_SERVICES.values())


def service_of(names: Sequence[str], scale: tuple[float, float]) -> ExportService:
    """The service that a file with these column names is from, or OTHER; `scale` is that of the dataset."""
    found = frozenset(map(plain, names))
    for service in sorted(services(), key=lambda service: not service.personal):
        fits = service.personal or service.scale is None or scale[1] <= service.scale[1]
        if fits and service.recognises(found):
            return service
    return OTHER
