import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from issuer import audit
from issuer.assessments.demonstration import ASSESSMENT, ORGANIZATION_ID, ensure_demonstration
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
    for table in ("organization", "skill", "achievement", "assessment", "bank", "principal"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 1, table  # noqa: S608 - names from this test
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
    record = f"/o/demo/records/{assessment.record_digest}"
    # The technical report, as a document and as a page, each under the digest of its bytes.
    reports = {path: published[path] for path in published if path.startswith("/o/demo/reports/")}
    assert sorted(media_type for media_type, _, _ in reports.values()) == [
        "application/json",
        "text/html; charset=utf-8",
    ]
    for path, (_, body, _) in reports.items():
        assert path.endswith(f"/{hashlib.sha256(body).hexdigest()}")
        assert path.rpartition("/")[2].encode() in published[record][1]
    assert {path: media_type for path, (media_type, _, _) in published.items() if path not in reports} == {
        "/o/demo/did.json": "application/did+json",
        "/o/demo/jwks.json": "application/jwk-set+json",
        **{f"/o/demo/keys/{entry.public.kid}": "application/jwk+json" for entry in entries},
        f"/o/demo/achievements/{achievement.id}/1": "application/ld+json",
        record: "application/json",
    }
    assert hashlib.sha256(published[record][1]).hexdigest() == assessment.record_digest
    stated = msgspec.json.decode(published[record][1])["errorRates"]
    assert stated["falseAmongAwards"] <= 0.05
    assert stated["rates"][0]["qualifiedMissed"] <= 0.4
    for media_type, body, gone in published.values():
        assert media_type.startswith("text/html") or isinstance(msgspec.json.decode(body), dict)
        assert gone is False
