// Opens every page of a built site in Chromium, from file:// and with scripts off, on a desktop, a phone and on
// paper, and fails on whatever a reader would trip over.
//
// usage: node look.mjs SITE [PICTURES]   with PICTURES, also writes pictures of a few pages there
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [site, pictures] = process.argv.slice(2);
const root = path.resolve(site);
const pages = fs.readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.html') && name !== '404.html').sort();
const sizes = { desktop: { width: 1180, height: 1400 }, phone: { width: 390, height: 844 } };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let passed = 0;
const faults = [];
const check = (holds, page, what) => (holds ? passed++ : faults.push(`${page}: ${what}`));

for (const [size, viewport] of Object.entries(sizes)) {
  const context = await browser.newContext({ viewport, javaScriptEnabled: false, colorScheme: size === 'phone' ? 'dark' : 'light' });
  const page = await context.newPage();
  let noise = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('requestfailed', (request) => noise.push(`${request.url()} failed`));
  page.on('request', (request) => request.url().startsWith('file://') || noise.push(`reached for ${request.url()}`));
  for (const name of pages) {
    noise = [];
    await page.goto(`file://${root}/${name}`);
    const at = `${name} (${size})`;
    check(noise.length === 0, at, `the browser complains: ${noise.join('; ')}`);
    check((await page.locator('h1').count()) === 1, at, 'a page has one first heading');
    check((await page.locator('html[lang]').count()) === 1, at, 'a page says its language');
    check((await page.locator('img:not([alt])').count()) === 0, at, 'a picture says what it shows');
    const box = await page.locator('body').evaluate((body) => ({ inner: body.scrollWidth, outer: body.ownerDocument.documentElement.clientWidth })).catch(() => null);
    if (box) check(box.inner <= box.outer, at, `it is wider than the window: ${box.inner} > ${box.outer}`);
  }
  await context.close();
}
if (pictures) await draw(pictures);
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${passed} passed, ${faults.length} failed`);
process.exit(faults.length === 0 ? 0 : 1);

async function draw(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const incident = pages.find((name) => name.startsWith('incidents/') && name.includes('cloudflare'));
  const retrospective = pages.find((name) => name.startsWith('retrospectives/') && name.includes('cloudflare'));
  for (const [title, name] of Object.entries({ index: 'index.html', incident, retrospective })) {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark']) {
        const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: 1 });
        await page.goto(`file://${root}/${name}`);
        await page.screenshot({ path: path.join(folder, `${title}-${size}-${colorScheme}.png`), fullPage: size === 'desktop' });
        await page.close();
      }
    }
    const paper = await browser.newPage();
    await paper.goto(`file://${root}/${name}`);
    await paper.pdf({ path: path.join(folder, `${title}.pdf`), format: 'A4' });
    await paper.close();
  }
}
