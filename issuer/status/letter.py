"""Telling the holder that a credential's standing changed: neither the reason nor a secret link is mailed."""

from datetime import datetime
from uuid import UUID, uuid4

from issuer.db.pool import Db
from issuer.mail import Letter, in_words
from issuer.people.letters import post
from issuer.people.sealing import PersonKey

NEWS = {
    "suspended": "It was put on hold on {date}. This is not a judgement.",
    "revoked": "It was withdrawn on {date}.",
    "good": "It is no longer on hold: since {date} it counts again.",
}


async def tell_holder(db: Db, key: PersonKey, award_id: UUID, standing: str, at: datetime) -> None:
    """Ask for the letter about a new standing, in the transaction that writes it."""
    title: str = await db.fetchval(
        "SELECT achievement.name FROM award JOIN achievement"
        " ON achievement.organization_id = award.organization_id AND achievement.id = award.achievement_id"
        " AND achievement.revision = award.revision"
        " WHERE award.organization_id = $1 AND award.id = $2",
        key.organization_id,
        award_id,
    )
    news = NEWS[standing].format(date=in_words(at))
    await post(db, key, "mail.status", uuid4(), Letter("", title, news=news), at)
