"""Threads in shapes, limits and faults, after `platforms.md` section 4.2."""
