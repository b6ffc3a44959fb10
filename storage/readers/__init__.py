"""File -> Document: one module a format, a child process around them, and bounds on everything a file can claim."""
