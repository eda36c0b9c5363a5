-- Evidence that does not count any more goes from all that rests on it; what somebody met stays known.

-- Which questions somebody met in sessions whose answers were deleted: nobody is asked them again as unseen.
-- Not when, nor how they answered. Deleted on erasure.
CREATE TABLE item_met (
    organization_id text NOT NULL,
    person_id       uuid NOT NULL,
    bank_id         text NOT NULL,
    items           text[],                 -- none: not known, answers were deleted before this was kept
    PRIMARY KEY (organization_id, person_id, bank_id),
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);
INSERT INTO item_met (organization_id, person_id, bank_id)
    SELECT DISTINCT s.organization_id, coalesce(p.person_id, c.person_id),
        convert_from(b.document, 'UTF8')::jsonb ->> 'id'
    FROM session s
    JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id
    JOIN bank b ON b.organization_id = a.organization_id AND b.digest = a.bank_digest
    LEFT JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id
    LEFT JOIN confirmation c ON c.organization_id = s.organization_id AND c.session_id = s.id
    WHERE s.answers_deleted_at IS NOT NULL AND (p.person_id IS NOT NULL OR c.person_id IS NOT NULL);

-- A line may also say that a sitting which raised an award's assurance would not confirm it any more.
ALTER TABLE annulment_consequence ADD COLUMN confirmation text
    CHECK (confirmation IN ('inconsistent', 'unsure', 'unfinished'));
ALTER TABLE annulment_consequence DROP CONSTRAINT annulment_consequence_check;
ALTER TABLE annulment_consequence ADD CONSTRAINT annulment_consequence_check
    CHECK (level_before IS DISTINCT FROM level_after OR confirmation IS NOT NULL);
