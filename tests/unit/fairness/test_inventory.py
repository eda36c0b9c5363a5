"""The columns that the data inventory is compared with are those of a migrated database."""

from collections import defaultdict

from issuer.db.pool import Pool
from tests.architecture.test_inventory import columns


async def test_the_migrations_are_read_as_the_database_reads_them(pool: Pool) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for row in await pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ):
        found[row["table_name"]].add(row["column_name"])
    del found["schema_migration"]
    assert found == columns()
