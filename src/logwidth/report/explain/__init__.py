"""The mathematics behind a result, in words, with the result's own numbers filled in."""
