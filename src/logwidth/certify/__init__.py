"""Room: certify."""
