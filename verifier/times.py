"""The verifier's name for `schemas.times`."""

from schemas.times import TimeRefused, date_time_stamp, numeric_date

__all__ = ["TimeRefused", "date_time_stamp", "numeric_date"]
