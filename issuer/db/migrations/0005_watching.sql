-- Control charts over items: sums and counts, of nobody; and whom an organisation wants told.

-- Whether a decision's answers are in the charts. It stands beside the log and is no part of it: never replayed.
ALTER TABLE session_event ADD COLUMN charted boolean NOT NULL DEFAULT false;
CREATE INDEX session_event_uncharted ON session_event (organization_id, session_id, sequence)
    WHERE kind = 'decided' AND NOT charted;

-- How many sessions the charts of a bank have read.
CREATE TABLE bank_chart (
    organization_id text NOT NULL REFERENCES organization,
    bank_id         text NOT NULL,
    sessions        bigint NOT NULL,
    PRIMARY KEY (organization_id, bank_id)
);

-- An item's charts since they last began, over all versions of its bank. Groups are of takers' scores on other items.
CREATE TABLE item_chart (
    organization_id text NOT NULL,
    bank_id         text NOT NULL,
    item_id         text NOT NULL,
    since           timestamptz NOT NULL,
    sessions_before bigint NOT NULL,        -- of the bank, when the charts began
    shown           bigint NOT NULL,
    responses       bigint NOT NULL,
    level           double precision NOT NULL,
    highest         double precision NOT NULL,
    information     double precision NOT NULL,
    course          double precision[] NOT NULL,
    people          integer[] NOT NULL,
    correct         integer[] NOT NULL,
    people_waiting  integer[] NOT NULL,
    correct_waiting integer[] NOT NULL,
    PRIMARY KEY (organization_id, bank_id, item_id),
    FOREIGN KEY (organization_id, bank_id) REFERENCES bank_chart
);

-- Who is told when a chart takes an item out: a person like any other, sealed and erasable.
CREATE TABLE organization_contact (
    organization_id text PRIMARY KEY REFERENCES organization,
    person_id       uuid NOT NULL,
    named_at        timestamptz NOT NULL,
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);
