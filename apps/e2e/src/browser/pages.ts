// The pages that people look at while they try Carillon, in a real browser: the simulated Slack's and the one of the
// mail that was sent.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { idOf, publish, published, stage } from '../shared-stage/context.ts';
import { until } from '../until.ts';
import { startChromium } from './chromium.ts';

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startChromium()));
  afterAll(() => browser?.close());

  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 900, height: 600 }, ...options });
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** By how many pixels the page, or a part of it, is wider than its place. */
  const sidewaysScroll = (page: Page): Promise<number> =>
    page.evaluate(
      'Math.max(...[...document.querySelectorAll("*")].map((e) => e.clientWidth && e.scrollWidth - e.clientWidth))',
    );

  describe('the page of the simulated Slack', () => {
    let installationId: string;
    let channel: string;
    const openSlack = (options?: BrowserContextOptions): Promise<Page> =>
      open(`${stage.playground.slack.url}/?team=T0PAGES`, options);
    const toChannel = (over: object = {}): object => ({
      tenantId: 'acme',
      type: 'report.ready',
      to: [{ channel, installation: installationId }],
      orderingKey: channel,
      ...over,
    });

    beforeAll(async () => {
      const connected = await stage.connectWorkspace('PAGES', { channels: 1 });
      installationId = connected.installationId;
      channel = connected.channels[0]!;
    });

    test('shows a message that comes while it is open, in a browser without scripts too', async () => {
      const pages = await Promise.all([openSlack(), openSlack({ javaScriptEnabled: false })]);
      const id = await published(toChannel());
      for (const page of pages) await messageAbout(page, id).waitFor();
    });

    test('has the newest message in sight, when it is opened and when another one comes', async () => {
      const ids: string[] = [];
      // One ordering key: the last one that is published is the newest one in the channel.
      const orderingKey = 'in sight';
      for (let n = 0; n < 8; n++) ids.push(await publish(toChannel({ body: 'line\n\n'.repeat(5), orderingKey })));
      await stage.ended(ids.map(idOf));
      const page = await openSlack();
      await until('the newest message to be in sight', () => isInSight(page, ids.at(-1)!));
      expect(await isInSight(page, ids[0]!)).toBe(false);
      const next = await published(toChannel({ orderingKey }));
      await until('the next message to be in sight', () => isInSight(page, next));
    });

    test.each([1200, 600])('does not scroll sideways for long words when it is %i pixels wide', async (width) => {
      const word = 'x'.repeat(1_000);
      const id = await published(
        toChannel({
          body: `${word} \`${word}\` **${word}** [${word}](https://example.com/${word})\n\n\`\`\`\n${word}\n\`\`\`\n> ${word}\n- ${word}`,
          facts: [{ label: 'Word', value: word.slice(0, 300) }],
          link: { url: `https://example.com/${word}`, label: word.slice(0, 60) },
        }),
      );
      const page = await openSlack({ viewport: { width, height: 600 } });
      expect(await messageAbout(page, id).innerText()).toContain(word);
      expect(await sidewaysScroll(page)).toBe(0);
    });

    /** The message with the heading of that notification. */
    const messageAbout = (page: Page, id: string): Locator => page.locator('article', { hasText: `About ${id}` });

    /** Whether the end of a message is within the box of its conversation and within the window. */
    async function isInSight(page: Page, id: string): Promise<boolean> {
      const [message, box] = await Promise.all(
        [messageAbout(page, id), page.locator('.messages')].map((one) => one.boundingBox()),
      );
      if (!message || !box) throw new Error('neither has a box while it is not rendered');
      const end = message.y + message.height;
      return end > box.y && end <= Math.min(box.y + box.height, page.viewportSize()!.height) + 1;
    }
  });

  describe('the page of sent mail', () => {
    test("shows a mail's HTML part as a mail program does, with the title of its type below", async () => {
      const title = `About ${randomUUID()}`;
      const body = `**Sales** & ${'x'.repeat(1_000)}`;
      await published({ tenantId: 'acme', type: 'digest.weekly', to: [{ member: 'one' }], title, body });
      const page = await open(stage.playground.mail.url);
      const htmlPart = page.locator('article', { hasText: title }).frameLocator('iframe[title="HTML part"]');
      await htmlPart.getByRole('heading', { name: title }).waitFor();
      expect(await htmlPart.locator('strong').innerText()).toBe('Sales');
      expect(await htmlPart.getByText('You get this e-mail').innerText()).toContain(
        'because Acme tells you about “Weekly digest”.',
      );
      expect(await sidewaysScroll(page)).toBe(0);
    });
  });
});
