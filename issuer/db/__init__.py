"""PostgreSQL: the pool, the migrations, and the server we bring along."""
