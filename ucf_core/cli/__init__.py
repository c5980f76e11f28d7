"""The `ucf` command. `--json` prints one JSON document on standard output; messages go to standard error."""

import os
import sys

import typer

from ucf_core.base.errors import UcfError
from ucf_core.cli.data import build, datasets, download, synthesize
from ucf_core.cli.health import doctor
from ucf_core.cli.output import HeldWarnings
from ucf_core.cli.questions import neighbours, predict, recall, recommend
from ucf_core.cli.studies import all_neighbours, evaluate

app = typer.Typer(
    help="User-based collaborative filtering: neighbours, predicted ratings and recommendations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for _command in (
    *(datasets, download, synthesize, build),
    *(neighbours, predict, recommend, recall),
    *(evaluate, all_neighbours, doctor),
):
    app.command()(_command)


def main() -> None:
    """Entry point: an expected failure is one line on standard error and exit code 1.

    After a success each warning is a line; after a failure warnings are dropped.
    """
    try:
        with HeldWarnings():
            app()
    except BrokenPipeError:
        # the reader of our output closed the pipe: nothing more can be printed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except UcfError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except MemoryError:
        _fail("not enough memory for this dataset; close other programs or take a smaller one")


def _fail(message: str) -> None:
    sys.stderr.write(f"ucf: {' '.join(message.split())}\n")
    raise SystemExit(1)
