"""`python -m deskpulse` is the command line."""

from deskpulse.cli.main import main

if __name__ == "__main__":
    main()
