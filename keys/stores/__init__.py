"""Key stores, one module each: the only code near a private key."""
