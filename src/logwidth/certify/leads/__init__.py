"""Leads of affine pieces on balls: first layer, pieces, dual norms, and what a form requires of them."""
