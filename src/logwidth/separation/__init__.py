"""Room: separation."""
