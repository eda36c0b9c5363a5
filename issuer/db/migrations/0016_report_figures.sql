-- What fairness reports told of people, so that two reports never differ by few of them: counts over 20 people and more.
CREATE TABLE report_figures (
    organization_id text NOT NULL REFERENCES organization,
    slug            text NOT NULL,          -- the assessment's short name
    subject         text NOT NULL,          -- what is counted: an attribute since when, the languages, the course
    looked_at       timestamptz NOT NULL,   -- when it was counted last
    figures         text NOT NULL,          -- JSON: counts of groups and what was told of them
    PRIMARY KEY (organization_id, slug, subject)
);
