"""The one way in which checked data is held: immutable, complete, nothing unknown in it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value read from a file or a door; editors write the Indonesian alias, code reads the name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
