import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from issuer import audit
from issuer.assessments import demonstration
from issuer.assessments.demonstration import ASSESSMENT, OFFERED, ORGANIZATION_ID, ensure_demonstration
from issuer.assessments.store import assessment_by_slug
from issuer.db.pool import Pool, connect
from issuer.organizations.keys import ALGORITHMS, ring
from issuer.settings import Settings
from issuer.skills.store import load_achievement, load_skill
from keys.stores.file import FileStore


async def test_two_processes_that_start_at_once_make_one(
    pool: Pool,
    database_url: str,
    keystore: FileStore,
    settings: Settings,
    clock: Callable[[], datetime],
) -> None:
    other = await connect(database_url, size=2)
    made = await asyncio.gather(
        *(ensure_demonstration(one, keystore, settings, clock) for one in (pool, other, pool, other))
    )
    other.terminate()
    assert sorted(made) == [False, False, False, True]
    assert await ensure_demonstration(pool, keystore, settings, clock) is False
    assert await pool.fetchval("SELECT count(*) FROM issuer_key") == len(ALGORITHMS)
    made_once = dict.fromkeys(("organization", "principal"), 1)
    made_each = dict.fromkeys(("skill", "achievement", "assessment", "bank"), len(OFFERED))
    for table, count in (made_once | made_each).items():
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == count, table  # noqa: S608 - names from this test
    await audit.verify_chain(pool, ORGANIZATION_ID)


async def test_what_a_newcomer_gets(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> None:
    assert await ensure_demonstration(pool, keystore, settings, clock) is True
    assessment = await assessment_by_slug(pool, ORGANIZATION_ID, ASSESSMENT)
    assert assessment is not None
    achievement = await load_achievement(
        pool, ORGANIZATION_ID, assessment.achievement_id, assessment.achievement_revision
    )
    assert [(level.code, level.cut) for level in achievement.levels] == [
        ("working", 0.5),
        ("proficient", 0.7),
    ]
    assert (achievement.threshold, achievement.valid_months) == (0.95, 24)
    assert (assessment.conditions.items_per_step, assessment.conditions.items_at_most) == (20, 80)
    assert assessment.conditions.assurance == "unsupervised"
    skill = await load_skill(pool, ORGANIZATION_ID, achievement.skill_id)
    assert [target.url.partition("/esco/")[0] for target in skill.alignments] == ["http://data.europa.eu"]
    entries = (await ring(pool, ORGANIZATION_ID)).entries
    assert {entry.public.algorithm for entry in entries} == set(ALGORITHMS)
    rows = await pool.fetch("SELECT path, media_type, body, gone FROM publication")
    published = {row["path"]: (row["media_type"], row["body"], row["gone"]) for row in rows}
    assessments = [await assessment_by_slug(pool, ORGANIZATION_ID, slug) for slug in OFFERED]
    records = {f"/o/demo/records/{one.record_digest}" for one in assessments if one is not None}
    # The technical reports, each as a document and as a page, under the digest of its bytes.
    reports = {path: published[path] for path in published if path.startswith("/o/demo/reports/")}
    assert Counter(media_type for media_type, _, _ in reports.values()) == {
        "application/json": len(OFFERED),
        "text/html; charset=utf-8": len(OFFERED),
    }
    for path, (_, body, _) in reports.items():
        assert path.endswith(f"/{hashlib.sha256(body).hexdigest()}")
        named = path.rpartition("/")[2].encode()
        assert sum(named in published[record][1] for record in records) == 1
    achievements = {
        f"/o/demo/achievements/{one.achievement_id}/1": "application/ld+json" for one in assessments if one
    }
    assert {path: media_type for path, (media_type, _, _) in published.items() if path not in reports} == {
        "/o/demo/did.json": "application/did+json",
        "/o/demo/jwks.json": "application/jwk-set+json",
        **{f"/o/demo/keys/{entry.public.kid}": "application/jwk+json" for entry in entries},
        **achievements,
        **dict.fromkeys(records, "application/json"),
    }
    for record in records:
        assert hashlib.sha256(published[record][1]).hexdigest() == record.rpartition("/")[2]
    first = published[f"/o/demo/records/{assessment.record_digest}"][1]
    stated = msgspec.json.decode(first)["errorRates"]
    assert stated["falseAmongAwards"] <= 0.05
    assert stated["rates"][0]["qualifiedMissed"] <= 0.4
    for media_type, body, gone in published.values():
        assert media_type.startswith("text/html") or isinstance(msgspec.json.decode(body), dict)
        assert gone is False


async def test_a_later_release_adds_what_is_missing(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    clock: Callable[[], datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demonstration, "OFFERED", OFFERED[:1])
    assert await ensure_demonstration(pool, keystore, settings, clock) is True
    monkeypatch.undo()
    for _ in range(2):
        assert await ensure_demonstration(pool, keystore, settings, clock) is False
        assert await pool.fetchval("SELECT count(*) FROM assessment") == len(OFFERED)
