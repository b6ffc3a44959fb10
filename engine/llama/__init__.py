"""llama.cpp: the native library, one model in it, and what goes in and out of it."""
