"""Data in other units: radii before and behind a scaler."""
