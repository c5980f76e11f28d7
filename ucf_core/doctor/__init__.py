"""Doctor: what this installation consists of, what it runs on, and whether everything on disk is whole."""

from ucf_core.doctor.examination import examine as examine
