-- Signals about how somebody answers: none is recorded unless the organisation switched it on, for a purpose.

CREATE TABLE telemetry (
    organization_id text NOT NULL REFERENCES organization,
    signal          text NOT NULL CHECK (signal IN ('response-times', 'fit')),
    purpose         text NOT NULL,
    since           timestamptz NOT NULL,
    switched_by     uuid NOT NULL,
    PRIMARY KEY (organization_id, signal),
    FOREIGN KEY (organization_id, switched_by) REFERENCES principal
);

-- With `fit`: lz* of a finished session.
CREATE TABLE session_fit (
    organization_id text NOT NULL,
    session_id      uuid NOT NULL,
    fit             double precision NOT NULL,
    PRIMARY KEY (organization_id, session_id),
    FOREIGN KEY (organization_id, session_id) REFERENCES session
);

-- With `response-times`: the moment of each event. Without it an event has a day, and so have those of before.
UPDATE session_event SET at = date_trunc('day', at, 'UTC');
