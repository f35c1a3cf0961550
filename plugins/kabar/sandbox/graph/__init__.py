"""Facebook's Graph API v26.0 in shapes, limits and faults, after `platforms.md` sections 1, 2 and 6."""
