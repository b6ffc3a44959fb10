"""Segment memory: a long text compressed segment by segment into memory slots (arXiv 2406.18173, withdrawn; rebuilt and measured here)."""
