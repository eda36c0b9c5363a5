"""Organisations as issuers: their principals, scoped tokens and published keys."""
