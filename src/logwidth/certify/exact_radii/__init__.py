"""Each sample's radius from both sides."""
