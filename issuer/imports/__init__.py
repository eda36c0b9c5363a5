"""Items of others: QTI 3 in, a bank document out, and a refusal by name for each item that would differ."""
