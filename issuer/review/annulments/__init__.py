"""Annulling items: what would follow is computed, proposed as a list, approved by two persons, done once."""
