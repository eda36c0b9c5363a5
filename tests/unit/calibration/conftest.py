"""One thread for linear algebra: matrices here are small, and several workers share the machine."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is first imported
