"""The posting ledger: the state machine that posts once. It decides; `store` remembers."""
