"""Certificates as files: written, checked, opened again, fused."""
