// Files that travel inside an e-mail. Promise: a name is a plain name and a type a plain type, whatever the producer
// wrote; a message inside the message, or several, is only bytes.
import { clean } from '@carillon/content';
import { plainLine, type Content } from '@carillon/domain';

export interface EmailAttachment {
  filename: string;
  contentType: string;
  content: Buffer;
}

const plainType = /^(?!multipart\/|message\/)[\w.+-]+\/[\w.+-]+$/i;

export function attachmentsOf({ files = [] }: Content): EmailAttachment[] {
  return files.flatMap(({ name, contentType, base64 }) => {
    if (base64 === undefined) return [];
    const [type = ''] = contentType.split(';');
    return [
      {
        filename: plainLine(clean(name)).replace(/[/\\]/g, '_') || 'file',
        contentType: plainType.test(type.trim()) ? type.trim() : 'application/octet-stream',
        content: Buffer.from(base64, 'base64'),
      },
    ];
  });
}
