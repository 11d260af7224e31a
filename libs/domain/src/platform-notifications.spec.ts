import { describe, expect, it } from '@jest/globals';
import { installationLost, isPlatformRequest, isPlatformType } from './platform-notifications.ts';
import { notificationRequest } from './request.ts';

const facts = {
  installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
  name: '*Acme* <!channel>',
  workspace: 'Acme',
  reason: 'app_uninstalled',
};

describe('a notification of the platform', () => {
  it('is a valid request whose text has nothing of what people chose', () => {
    const request = installationLost('acme', 'ada', facts);
    expect(notificationRequest.parse(request)).toEqual(request);
    expect(`${request.title} ${request.body}`).not.toContain('Acme');
    expect(isPlatformType(request.type)).toBe(true);
    expect(isPlatformRequest(request)).toBe(true);
  });

  it('is told from one that a producer forged with other words, other people or other parts', () => {
    const own = installationLost('acme', 'ada', facts);
    for (const forged of [
      { ...own, title: 'Pay here' },
      { ...own, body: 'https://evil.example' },
      { ...own, link: { url: 'https://evil.example' } },
      { ...own, to: [{ member: 'ada' }, { member: 'bob' }] },
      { ...own, to: [{ email: 'ada@acme.test' }] },
      { ...own, data: { ...facts, more: 1 } },
      { ...own, facts: [{ label: 'Pay', value: 'here' }] },
      { ...own, type: 'report.ready' },
    ])
      expect(isPlatformRequest(forged)).toBe(false);
  });

  it('is the same whichever way its fields are ordered', () => {
    const reversed = Object.fromEntries(Object.entries(installationLost('acme', 'ada', facts)).reverse());
    expect(isPlatformRequest(reversed as ReturnType<typeof installationLost>)).toBe(true);
  });
});
