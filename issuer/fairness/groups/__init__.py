"""Protected attributes, apart from everything else: what they hold leaves as counts of large enough groups.

Nothing outside this folder reads its tables.
"""
