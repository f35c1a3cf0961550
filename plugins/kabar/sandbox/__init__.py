"""Stand-ins of the platforms for the demo and the tests; nothing else of the house imports them.

One package per platform (`graph` is Facebook), one server (`server.py`), one book of planted faults,
one view for people (`public`). State lives in one SQLite file, so that a restart loses nothing.
"""
