"""DID methods, one module each: where a document is, and what it says."""
