"""Exports of Letterboxd: Date, Name, Year, Letterboxd URI, Rating."""

from ucf_core.datasets.personal.export_service import ExportService

LETTERBOXD = ExportService(
    name="Letterboxd",
    how="ratings.csv of the zip archive that the settings export",
    scale=(0.5, 5.0),
    recognises=lambda columns: "letterboxduri" in columns,
)
