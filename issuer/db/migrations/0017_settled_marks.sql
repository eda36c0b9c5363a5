-- 0015 gave every confirmation and every work the keyed hashes of who took part, settled ones too: those are kept no longer.

UPDATE confirmation c SET supervised_by = NULL WHERE supervised_by IS NOT NULL AND (raised_at IS NOT NULL
    OR session_id IS NULL AND expires_at < now()
    OR EXISTS (SELECT FROM confirmation_case k
                WHERE k.organization_id = c.organization_id AND k.id = c.id AND k.decision IS NOT NULL));
UPDATE session_work w SET raters = '{}' WHERE raters <> '{}' AND EXISTS (
    SELECT FROM session_event e
     WHERE e.organization_id = w.organization_id AND e.session_id = w.session_id AND e.kind = 'decided');
