"""The service: it assesses, issues, publishes and shares."""
