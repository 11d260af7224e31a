// The order of arrival: one number of the sequence stands for a batch, rows are numbered within it.

export const seqPerBatch = 1_000_000;

/** SQL for the place of a single row behind everything that came before. */
export const nextSeq = `nextval('delivery_seq') * ${seqPerBatch}`;
