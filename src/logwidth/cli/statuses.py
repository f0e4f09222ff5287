"""What an exit status says."""

HOLDS, FALSIFIED, BAD_INPUT, UNDECIDED = 0, 1, 2, 3
