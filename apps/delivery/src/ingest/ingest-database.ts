/** The connections of ingest, which give up a row that somebody else has locked, so that other records go on. */
export const INGEST_DATABASE = Symbol('ingest database');
