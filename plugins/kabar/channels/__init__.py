"""One module per platform; the only rooms that know a platform."""

#: The channels that have a module; the plan takes them as its columns.
CHANNELS = ("facebook", "instagram", "threads", "x", "telegram", "website")
