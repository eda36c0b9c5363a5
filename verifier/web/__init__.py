"""The verifier's web face: page, API, and what both web applications share."""
