"""The PostgreSQL that we bring along, run by a watchdog that outlives the service by a moment."""
