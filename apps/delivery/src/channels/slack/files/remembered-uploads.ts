// Stores which files of a delivery were uploaded to Slack. A process that continues after a crash does not upload them
// again, and an attempt without an answer can be found by its files. Guarantees: each file of a delivery has one id,
// the first that was stored, also where two processes upload it at once.
import type { Pool } from 'pg';
import { defineStatement } from '@carillon/persistence';

export interface UploadedFile {
  /** Slack's id of the file. */
  id: string;
  title: string;
  /** Its index among the files of the message. */
  n: number;
}

const selectUploads = defineStatement({
  name: 'remembered-uploads',
  parameters: { deliveryId: 'uuid' },
  text: (p) => `SELECT n, file_id AS id, title FROM file_upload WHERE delivery_id = ${p.deliveryId} ORDER BY n`,
});

/** By the index of the file in the content. */
export async function rememberedUploads(pool: Pool, deliveryId: string): Promise<Map<number, UploadedFile>> {
  const { rows } = await pool.query<UploadedFile>(selectUploads({ deliveryId }));
  return new Map(rows.map((file) => [file.n, file]));
}

const insertUpload = defineStatement({
  name: 'remember-upload',
  parameters: { deliveryId: 'uuid', n: 'integer', fileId: 'text', title: 'text' },
  text: (p) => `
INSERT INTO file_upload (delivery_id, n, file_id, title, uploaded_at) VALUES (${p.deliveryId}, ${p.n}, ${p.fileId}, ${p.title}, now())
ON CONFLICT (delivery_id, n) DO UPDATE SET title = file_upload.title
RETURNING file_id AS id, title, n`,
});

/** Returns the file that was stored first. */
export async function rememberUpload(
  pool: Pool,
  deliveryId: string,
  { n, id: fileId, title }: UploadedFile,
): Promise<UploadedFile> {
  const { rows } = await pool.query<UploadedFile>(insertUpload({ deliveryId, n, fileId, title }));
  return rows[0]!;
}

const deleteUploads = defineStatement({
  name: 'forget-uploads',
  parameters: { deliveryIds: 'uuid[]' },
  text: (p) => `DELETE FROM file_upload WHERE delivery_id = ANY(${p.deliveryIds})`,
});

const deleteSome = defineStatement({
  parameters: { deliveryId: 'uuid', n: 'integer[]' },
  text: (p) => `DELETE FROM file_upload WHERE delivery_id = ${p.deliveryId} AND n = ANY(${p.n})`,
});

/** Files that the message is posted without. */
export async function forgetSome(pool: Pool, deliveryId: string, files: readonly UploadedFile[]): Promise<void> {
  await pool.query(deleteSome({ deliveryId, n: files.map(({ n }) => n) }));
}

/** For deliveries that have their outcome, or whose files Slack no longer has. */
export async function forgetUploads(pool: Pool, deliveryIds: readonly string[]): Promise<void> {
  await pool.query(deleteUploads({ deliveryIds }));
}
