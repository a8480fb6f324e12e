// Drives a real browser for the tests of the customer's own page, as a person would: with the keyboard's and the
// mouse's means, by the labels that a person reads. Called with the program of a browser and one JSON document of
// steps; prints one JSON document of what it saw. Everything that is asserted is asserted by the test that called.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [tools, plan] = process.argv.slice(2);
const { script, steps, width = 360, dark = false, forced = false, downloads } = JSON.parse(plan);
const require = createRequire(path.join(path.resolve(tools), 'package.json'));
const { chromium } = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.env.REGULARS_BROWSER,
  // Where tests run as root, in a container, the browser's own sandbox cannot be set up.
  chromiumSandbox: false,
});
const context = await browser.newContext({
  javaScriptEnabled: script,
  // The accessibility checker is put into the page, which lets nothing in by itself.
  bypassCSP: script,
  viewport: { width, height: 800 },
  colorScheme: dark ? 'dark' : 'light',
  forcedColors: forced ? 'active' : 'none',
  acceptDownloads: true,
});
context.setDefaultTimeout(20_000);
const page = await context.newPage();
const seen = [];
// Whatever the page would load beside itself.
const loaded = [];
page.on('request', (request) => loaded.push(request.resourceType()));
const led = new Set();
page.on('response', (response) => {
  if (response.request().isNavigationRequest()) led.add(response.url());
});
// That the answer to a step is an error is what some steps are about, and a browser asks every site for its icon.
const expected = (url) => led.has(url) || new URL(url, 'http://x').pathname === '/favicon.ico';
const complaints = [];
page.on('console', (message) => complaints.push({ text: message.text(), url: message.location().url }));

const does = {
  async open({ url }) {
    const response = await page.goto(url);
    return { status: response.status() };
  },
  async choose({ label }) {
    await page.getByLabel(label).check();
  },
  async untick({ label }) {
    await page.getByLabel(label).uncheck();
  },
  async type({ label, text }) {
    await page.getByLabel(label).fill(text);
  },
  async press({ button }) {
    const [response] = await Promise.all([
      page.waitForResponse((response) => response.request().isNavigationRequest() && response.status() !== 303),
      page.getByRole('button', { name: button }).click(),
    ]);
    return { status: response.status(), at: page.url() };
  },
  async follow({ link }) {
    await page.getByRole('link', { name: link }).click();
    return { at: page.url() };
  },
  async download({ link }) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: link }).click(),
    ]);
    const file = path.join(downloads, download.suggestedFilename());
    await download.saveAs(file);
    return { file };
  },
  async read() {
    return {
      title: await page.title(),
      text: await page.locator('body').innerText(),
      status: await page.getByRole('status').allInnerTexts(),
      alert: await page.getByRole('alert').allInnerTexts(),
    };
  },
  // From the top, with the tabulator alone: what can be reached, in order, and whether one sees where one is.
  async tab({ times }) {
    const stops = [];
    for (let time = 0; time < times; time += 1) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate(() => {
        const it = document.activeElement;
        const style = getComputedStyle(it);
        const label = it.labels?.[0]?.innerText ?? it.innerText ?? '';
        return { tag: it.tagName.toLowerCase(), label, outline: style.outlineStyle !== 'none' && style.outlineWidth !== '0px' };
      }));
    }
    return { stops };
  },
  async check() {
    await page.addScriptTag({ path: require.resolve('axe-core') });
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await page.evaluate(async (values) => {
      document.querySelectorAll('details').forEach((it) => { it.open = true; });
      return globalThis.axe.run({ runOnly: { type: 'tag', values } });
    }, tags);
    const words = ({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => `${node.html}: ${node.failureSummary}`) });
    return { violations: found.violations.map(words), passes: found.passes.length };
  },
  // What is cut off at the side, or too small to be hit (WCAG 2.5.8 lets links within a sentence be).
  async measure() {
    return page.evaluate(() => {
      const small = [];
      for (const it of document.querySelectorAll('a, button, input:not([type=hidden]), summary, label.choice')) {
        const { width, height } = it.getBoundingClientRect();
        const inline = it.tagName === 'A' && getComputedStyle(it).display === 'inline';
        if (!inline && !it.matches('.skip') && (width < 24 || height < 24)) small.push(it.outerHTML.slice(0, 200));
      }
      return { wider: document.documentElement.scrollWidth - document.documentElement.clientWidth, small };
    });
  },
  async photograph({ file }) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await page.screenshot({ path: file, fullPage: true });
  },
};

for (const step of steps) {
  try {
    seen.push({ ...step, ...(await does[step.do](step)) });
  } catch (error) {
    seen.push({ ...step, failed: String(error), text: await page.locator('body').innerText().catch(() => '') });
    break;
  }
}
for (const { text, url } of complaints) {
  if (!text.startsWith('Failed to load resource') || !expected(url)) seen.push({ console: text });
}
await browser.close();
process.stdout.write(JSON.stringify({ seen, loaded }));
