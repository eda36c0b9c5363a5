"""Assessments: banks, forms, scoring, and the sessions in which people take them."""
