"""One module per platform; the only rooms that know a platform."""
