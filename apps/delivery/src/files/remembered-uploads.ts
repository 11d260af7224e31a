// What Slack already holds of a delivery's files, so that a process that ends between uploading and posting costs no
// second upload, and an attempt without an answer can be looked for by its files. Promise: per file of a delivery one
// id counts, the first that was remembered, also when two processes upload at once.
import type { Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';

export interface UploadedFile {
  /** Slack's. */
  id: string;
  title: string;
}

const selectUploads = defineStatement({
  name: 'remembered-uploads',
  parameters: { deliveryId: 'uuid' },
  text: (p) => `SELECT n, file_id AS id, title FROM file_upload WHERE delivery_id = ${p.deliveryId} ORDER BY n`,
});

/** By the file's place in the content. */
export async function rememberedUploads(pool: Pool, deliveryId: string): Promise<Map<number, UploadedFile>> {
  const { rows } = await pool.query<UploadedFile & { n: number }>(selectUploads({ deliveryId }));
  return new Map(rows.map(({ n, id, title }) => [n, { id, title }]));
}

const insertUpload = defineStatement({
  name: 'remember-upload',
  parameters: { deliveryId: 'uuid', n: 'integer', fileId: 'text', title: 'text' },
  text: (p) => `
INSERT INTO file_upload (delivery_id, n, file_id, title, uploaded_at) VALUES (${p.deliveryId}, ${p.n}, ${p.fileId}, ${p.title}, now())
ON CONFLICT (delivery_id, n) DO UPDATE SET title = file_upload.title
RETURNING file_id AS id, title`,
});

/** Answers with the one that counts. */
export async function rememberUpload(
  pool: Pool,
  deliveryId: string,
  n: number,
  file: UploadedFile,
): Promise<UploadedFile> {
  const { rows } = await pool.query<UploadedFile>(insertUpload({ deliveryId, n, fileId: file.id, title: file.title }));
  return rows[0]!;
}

const deleteUploads = defineStatement({
  name: 'forget-uploads',
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `DELETE FROM file_upload WHERE delivery_id = ANY(${p.deliveryIds})`,
});

/** For deliveries that are settled, or whose files Slack no longer holds. */
export async function forgetUploads(pool: Pool, deliveryIds: readonly string[]): Promise<void> {
  await pool.query(deleteUploads({ deliveryIds }));
}
