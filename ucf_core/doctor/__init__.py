"""Doctor: what this installation is made of, what it runs on, and whether what it keeps on disk is whole."""

from ucf_core.doctor.examination import Finding, examine

__all__ = ["Finding", "examine"]
