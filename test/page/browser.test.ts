/** The page in a real browser: it is readable at every width and in both themes, and makes no request. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { cleanEnvironment, type Sandbox, sandbox, temporaryFolder, until } from '../helpers/cli.ts';
import { pastDay } from '../helpers/past.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** These tests are skipped without a browser, except in CI. */
const withBrowser = it.skipIf(!existsSync(CHROMIUM) && !process.env.CI);

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const CHARTS = ['slots', 'machine', 'spending', 'slot-hours', 'waits', 'budget-tokens', 'budget-cost'];
const HOSTILE = '</script><img src=x onerror=alert(1)>';

/** A state with a day of history and with budgets, one of them overrun. */
function aBusyState(names?: string[]): Sandbox {
  const box = sandbox(12);
  mkdirSync(join(box.dir, 'history'), { recursive: true });
  const byDay = new Map<string, string[]>();
  for (const { at, ...record } of pastDay(Date.now(), names)) {
    const stamp = new Date(at).toISOString();
    const day = stamp.slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), JSON.stringify({ at: stamp, ...record })]);
  }
  for (const [day, lines] of byDay) writeFileSync(join(box.dir, 'history', `${day}.jsonl`), `${lines.join('\n')}\n`);
  const allocate = (agent: string, tokens: string): void => {
    const words = ['budget', 'allocate', agent, '--tokens', tokens, '--cost', '5', '--workflow', 'nightly'];
    expect(box.run('resource-manager', words)).toMatchObject({ status: 0 });
  };
  allocate('consilio/auth', '1M');
  allocate('odin/auth', '2M');
  allocate('consilio/a-name-too-long-for-the-axis-on-a-telephone', '500k');
  box.run('report-usage', ['consilio/auth', '--tokens', '1.2M', '--cost', '3']);
  return box;
}

function write(box: Sandbox): string {
  const file = join(box.dir, 'report.html');
  expect(box.run('resource-manager', ['report', '--since', '24h', '--html', file])).toMatchObject({ status: 0 });
  return file;
}

interface Seen {
  readonly page: Page;
  /** Errors, console messages and dialogs of the page. */
  readonly troubles: string[];
  readonly requests: string[];
}

/** Opens a file in a browser of its own, which writes only to a temporary folder. */
async function browse(file: string, options: BrowserContextOptions, look: (seen: Seen) => Promise<void>) {
  const home = temporaryFolder();
  const browser: BrowserContext = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    headless: true,
    env: cleanEnvironment({ HOME: home, TMPDIR: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home }) as never,
    ...options,
  });
  try {
    const page = await browser.newPage();
    const troubles: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('dialog', (dialog) => {
      troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    browser.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await look({ page, troubles, requests });
  } finally {
    await browser.close();
  }
}

/** Whether a canvas has a pixel that is not blank. */
const IS_DRAWN = `(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value) => value !== 0);
}`;

const drawn = (page: Page): Promise<Record<string, boolean>> =>
  page.evaluate(
    `Object.fromEntries([...document.querySelectorAll('canvas')].map((canvas) => [canvas.id, (${IS_DRAWN})(canvas)]))`,
  );

const background = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
const picture = (page: Page): Promise<string> => page.evaluate("document.getElementById('slots').toDataURL()");

withBrowser('draws every chart and fits any width, without errors, console messages or requests', async () => {
  const file = write(aBusyState());
  await browse(file, { viewport: WIDE }, async ({ page, troubles, requests }) => {
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      await page.reload();
      expect(await drawn(page)).toEqual(Object.fromEntries(CHARTS.map((id) => [id, true])));
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width);
      const png = join(file, '..', `${viewport.width}.png`);
      await page.screenshot({ path: png, fullPage: true });
      expect(readFileSync(png).length).toBeGreaterThan(20_000);
    }
    // The page still fits when the figures of every chart are open.
    for (const figures of await page.locator('summary').all()) await figures.click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width);
    expect(troubles).toEqual([]);
    expect(new Set(requests)).toEqual(new Set([pathToFileURL(file).href]));
  });
});

withBrowser('follows the theme, and is light on paper', async () => {
  await browse(write(aBusyState()), { viewport: WIDE }, async ({ page, troubles }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    const [light, lightPicture] = [await background(page), await picture(page)];
    await page.emulateMedia({ colorScheme: 'dark' });
    // The page's policy forbids the eval that playwright's own waiting needs.
    await until('drawn in other colours', async () => (await picture(page)) !== lightPicture);
    expect(await background(page)).not.toBe(light);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await background(page)).toBe(light);
    expect(await picture(page)).toBe(lightPicture);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await background(page)).not.toBe(light);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    expect(troubles).toEqual([]);
  });
});

withBrowser('can be read without JavaScript', async () => {
  await browse(write(aBusyState()), { viewport: NARROW, javaScriptEnabled: false }, async ({ page, troubles }) => {
    expect(await page.locator('canvas').first().isVisible()).toBe(false);
    expect(await page.locator('.undrawn').first().isVisible()).toBe(true);
    for (const name of [/^Agents that reported/, /^Projects/, /^Budgets of workflows/, /^Agents that exceeded/])
      expect(await page.getByRole('table', { name }).isVisible(), String(name)).toBe(true);
    expect(await page.getByRole('rowheader', { name: 'consilio/auth' }).first().isVisible()).toBe(true);
    expect(troubles).toEqual([]);
  });
});

withBrowser('has roles, headings and names for screen readers', async () => {
  await browse(write(aBusyState()), { viewport: WIDE }, async ({ page }) => {
    for (const role of ['banner', 'main', 'contentinfo', 'navigation'] as const)
      expect(await page.getByRole(role).count(), role).toBe(1);
    for (const name of ['Slots in use and queued', 'Memory and CPU', 'Tokens and cost', 'Waits for slots per project'])
      expect(await page.getByRole('img', { name }).count(), name).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Report');
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(7);
  });
});

withBrowser('runs no script from a name and no added script, and cannot fetch', async () => {
  const file = write(aBusyState([HOSTILE, `"'>${HOSTILE}`, 'wide']));
  await browse(file, { viewport: WIDE }, async ({ page, troubles, requests }) => {
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.getByRole('rowheader', { name: HOSTILE }).count()).toBeGreaterThan(0);
    expect(Object.values(await drawn(page))).not.toContain(false);
    expect(troubles).toEqual([]);
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' }))",
    );
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    await page.evaluate("fetch('https://example.invalid/').catch(() => null)");
    expect(troubles.join('\n')).toContain('Content Security Policy');
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
  });
});

withBrowser('of an empty state says so in place of each chart', async () => {
  await browse(write(sandbox(4)), { viewport: NARROW }, async ({ page, troubles }) => {
    expect(await page.locator('canvas').count()).toBe(0);
    expect(await page.locator('.chart .empty').count()).toBe(6);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width);
    expect(troubles).toEqual([]);
  });
});
