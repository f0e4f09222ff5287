"""`python -m logwidth`."""

from logwidth.cli import main

if __name__ == "__main__":
    main()
