"""One drafted post for the tests of the store."""

from __future__ import annotations

import pytest
from kabar.store.database import Database
from tests.ledger import approve, drafted
