"""What `make load` does, with a dozen candidates who do not think: nothing told is lost, no cap is broken."""

from typing import Any

from bench.load import rows, run


class Taken:
    """The tests' own service, as the load wants it."""

    def __init__(self, service: Any) -> None:
        self.base_url, self.site, self._data = service.base_url, service.site, service.folder / "data"

    def dsn(self) -> str:
        return str((self._data / "postgres.address").read_text().strip())

    def cpu(self) -> dict[str, float]:
        return {}


async def test_every_answer_that_got_a_reply_is_in_the_log(service: Any) -> None:
    found = await run(Taken(service), 12, think=0, spread=0.2, seconds=4)
    assert (found.lost, found.over_cap, found.unreplayed) == (0, 0, 0)
    assert found.answers >= 12
    assert {one.status for one in found.spent} == {200, 303}
    assert {row.name: row.measured for row in rows(found)}["answers"] == found.answers
