"""Empty until the rooms are built."""
