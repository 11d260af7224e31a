import { describe, expect, test } from '@jest/globals';
import { renderMessage } from '@carillon/slack';
import { filesNotGranted, notAttachedLines } from './not-attached.ts';

describe('the lines for files that are not attached', () => {
  test('name each file, with its link or with why it has none', () => {
    const lines = notAttachedLines([
      {
        name: 'a.csv',
        title: 'All *numbers* [1]',
        url: 'https://files.example/a (1).csv?sig=x',
        why: 'The file is larger than 25 MiB.',
      },
      { name: 'b_c_d.pdf', why: 'The file is empty.' },
    ]);
    const { blocks } = renderMessage({ title: 'T', body: lines });
    // Formats in a label are kept from forming by an invisible space.
    const drawn = JSON.stringify(blocks).replaceAll('\u200b', '');
    expect(drawn).toContain('<https://files.example/a%20(1).csv?sig=x|All *numbers* [1]>');
    expect(drawn).toContain('b_c_d.pdf (not attached: The file is empty.)');
  });

  test('say so when nothing may be attached', () => {
    expect(notAttachedLines(filesNotGranted([{ name: 'a', contentType: 'text/csv', base64: 'YQ==' }]))).toBe(
      '- a (not attached: Slack was connected without permission to attach files.)',
    );
  });
});
