"""Room: construct."""
