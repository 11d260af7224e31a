// A real browser for the promises about pages that no parser of HTML can check: Debian's Chromium, which `.ci/run`
// installs, headless and without its sandbox, because tests may run as root. It does not fetch a browser by itself.
import { chromium, type Browser } from 'playwright-core';
import { environment } from '../environment.ts';

const executablePath = environment['CHROMIUM'] ?? '/usr/bin/chromium';

export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
