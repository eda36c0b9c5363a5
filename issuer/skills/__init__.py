"""Skills, achievements and their levels, and the documents that describe them."""
