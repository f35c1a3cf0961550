"""Kabar Tahapan: from the legal election calendar to approved, posted and measured public information."""
