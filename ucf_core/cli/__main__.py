"""`python -m ucf_core.cli`."""

from ucf_core.cli import main

if __name__ == "__main__":
    main()
