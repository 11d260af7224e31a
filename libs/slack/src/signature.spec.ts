import { describe, expect, test } from '@jest/globals';
import { sign, verifySignature } from './signature.ts';

// Slack's published example (also in its Python SDK's tests).
const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const timestamp = '1531420618';
const rawBody =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
  '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
  '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
  '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const at = (seconds: number) => (1531420618 + seconds) * 1000;
const genuine = { signingSecret, timestamp, signature, rawBody, now: at(0) };

describe('the signature', () => {
  test("equals Slack's official example, over text and over bytes", () => {
    expect(sign({ signingSecret, timestamp, rawBody })).toBe(signature);
    expect(sign({ signingSecret, timestamp: 1531420618, rawBody: Buffer.from(rawBody) })).toBe(signature);
    expect(verifySignature(genuine)).toBe(true);
    expect(verifySignature({ ...genuine, rawBody: Buffer.from(rawBody) })).toBe(true);
  });

  test.each([-300, 300])('holds at %d s from the timestamp', (seconds) => {
    expect(verifySignature({ ...genuine, now: at(seconds) })).toBe(true);
  });

  test.each([-301, 301, Number.NaN])('is refused at %d s from the timestamp, late or early', (seconds) => {
    expect(verifySignature({ ...genuine, now: at(seconds) })).toBe(false);
  });

  test('is refused for a changed body, another secret, a cut or longer signature, and missing or odd headers', () => {
    expect(verifySignature({ ...genuine, rawBody: `${rawBody}-` })).toBe(false);
    expect(verifySignature({ ...genuine, signingSecret: 'other' })).toBe(false);
    expect(verifySignature({ ...genuine, signature: signature.slice(0, -1) })).toBe(false);
    expect(verifySignature({ ...genuine, signature: `${signature}0` })).toBe(false);
    expect(verifySignature({ ...genuine, signature: signature.replace('v0', 'v1') })).toBe(false);
    expect(verifySignature({ ...genuine, signature: undefined })).toBe(false);
    expect(verifySignature({ ...genuine, timestamp: undefined })).toBe(false);
    expect(verifySignature({ ...genuine, timestamp: '1531420618.5' })).toBe(false);
    expect(verifySignature({ ...genuine, signature: 'é'.repeat(67) })).toBe(false);
  });

  test('is refused with an empty secret, even when computed with it', () => {
    const forged = sign({ signingSecret: '', timestamp, rawBody });
    expect(verifySignature({ ...genuine, signingSecret: '', signature: forged })).toBe(false);
  });
});
