"""Performance tasks: the words people write, sealed, and the ratings that two other persons give them."""
