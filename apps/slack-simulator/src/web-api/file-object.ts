/** A file as Slack writes it. */
import type { Share, SlackFile } from '../world/file.ts';

/** Only `files.info` lists where a file was shared, perhaps later than the message: `shown` decides. */
export const noShare = (): boolean => false;
export const everyShare = (): boolean => true;

export function fileObject(file: SlackFile | undefined, shown: (share: Share) => boolean): Record<string, unknown>[] {
  if (file === undefined) return [];
  const shares: Record<'public' | 'private', Record<string, object[]>> = { public: {}, private: {} };
  for (const share of file.shares) {
    if (!shown(share)) continue;
    const of = share.private ? shares.private : shares.public;
    (of[share.channel] ??= []).push({
      ts: share.ts,
      ...(share.threadTs === undefined ? {} : { thread_ts: share.threadTs }),
    });
  }
  return [
    {
      id: file.id,
      created: file.created,
      timestamp: file.created,
      name: file.name,
      title: file.title,
      mimetype: file.contentType,
      filetype: file.name.includes('.') ? file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase() : 'binary',
      user: file.user,
      size: file.content?.length ?? file.announcedLength,
      mode: 'hosted',
      is_external: false,
      is_public: file.shares.some((s) => !s.private),
      ...(file.altText === undefined ? {} : { alt_txt: file.altText }),
      url_private: `/files-pri/${file.team}-${file.id}/${encodeURIComponent(file.name)}`,
      channels: Object.keys(shares.public),
      groups: Object.keys(shares.private).filter((id) => !id.startsWith('D')),
      ims: Object.keys(shares.private).filter((id) => id.startsWith('D')),
      shares: {
        ...(Object.keys(shares.public).length ? { public: shares.public } : {}),
        ...(Object.keys(shares.private).length ? { private: shares.private } : {}),
      },
    },
  ];
}
