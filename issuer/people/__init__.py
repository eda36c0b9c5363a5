"""People: found by a keyed hash, readable only under a key of their own, erasable."""
