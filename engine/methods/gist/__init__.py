"""Gisting: a prompt read once, kept as the keys and values of a few gist tokens (arXiv 2304.08467)."""
