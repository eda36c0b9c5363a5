"""Hold a verifier against test vectors: ours, or anybody's that speaks docs/conformance-protocol.md."""
