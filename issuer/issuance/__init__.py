"""The issuance cycle: from a decision to a credential that is released once (docs/issuance-cycle.md)."""
