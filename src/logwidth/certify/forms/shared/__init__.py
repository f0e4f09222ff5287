"""What several forms share: the reader of units, running maxima, scores."""
