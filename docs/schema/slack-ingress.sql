-- The database of slack-ingress, generated from its migrations; UPDATE_DOCS=1 writes it anew.

CREATE TABLE migrations (
  id serial NOT NULL,
  "timestamp" bigint NOT NULL,
  name character varying NOT NULL,
  CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

CREATE TABLE received_event (
  id text COLLATE "C" NOT NULL,
  claimed_at timestamp(3) with time zone NOT NULL,
  published boolean NOT NULL,
  CONSTRAINT received_event_pkey PRIMARY KEY (id)
) WITH (fillfactor=80, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=20000);
CREATE INDEX received_event_age ON public.received_event USING brin (claimed_at) WITH (pages_per_range='8');
COMMENT ON COLUMN received_event.published IS 'Kafka has acknowledged the event';

GRANT SELECT, USAGE ON SEQUENCE migrations_id_seq TO carillon_service;
GRANT SELECT ON TABLE migrations TO carillon_service;
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE received_event TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO carillon_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE, INSERT, SELECT, UPDATE ON TABLES TO carillon_service;
