"""The nouns: wire forms as msgspec Structs; no cryptography and no I/O."""
