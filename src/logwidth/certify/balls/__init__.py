"""The proof of every ball of a data set, and the witnesses of balls that are wrong."""
