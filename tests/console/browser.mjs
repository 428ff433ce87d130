// A browser, a console over a simulated vendor, and checks that every screen passes.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
export const PHONE = { width: 390, height: 844 };
const DESK = { width: 1360, height: 900 };

// Starts a command and returns the first line of its output that matches.
async function start(started, command, args, pattern) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  for await (const line of createInterface(child.stdout)) {
    if (pattern.test(line)) return line;
  }
  throw new Error(`${command} ${args.join(' ')} ended`);
}

// Ends a command, unless it has ended.
async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await exit;
}

// Runs a function with a world: the link of a console, its secrets, a browser, and a place for screenshots.
export async function run(act, { subscribers = 300 } = {}) {
  const command = process.env.ELEMENTKIT;
  const screens = process.env.CONSOLE_SCREENS;
  const folder = mkdtempSync(join(tmpdir(), 'elementkit-console-'));
  if (screens) mkdirSync(screens, { recursive: true });
  const started = [];
  let browser;
  try {
    const vendor = await start(started, command, ['sandbox', '--subscribers', `${subscribers}`], /^http/);
    const database = join(folder, 'console.db');
    const options = ['--database', database, '--brighttalk-url', vendor];
    const link = await start(started, command, [...options, 'console', '--no-browser'], /^http/);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      // Containers run as root, where the sandbox of the browser does not start.
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const secrets = JSON.parse(
      execFileSync(command, ['--database', database, 'secrets', '--json'], { encoding: 'utf8' }),
    );
    const stopVendor = () => ended(started[0]);
    await act({ link, origin: new URL(link).origin, secrets, stopVendor, browser, screens });
  } finally {
    await browser?.close();
    await Promise.all(started.map(ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

// Opens a page that fails on errors of scripts, on what its policy refused, and on requests to other servers.
export async function open(world, options = {}) {
  const context = await world.browser.newContext({ viewport: DESK, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on('console', (message) => {
    // Browsers report pages with an error status too.
    if (message.type() === 'error' && !/status of [45]/.test(message.text())) page.problems.push(message.text());
  });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(world.origin)) page.problems.push(`request to ${request.url()}`);
  });
  return page;
}

// Checks a screen in light and dark, at a desk and on a phone, and takes its pictures.
export async function check(world, page, name) {
  await page.waitForLoadState('networkidle');
  for (const [label, scheme, size] of [
    ['light', 'light', DESK],
    ['dark', 'dark', DESK],
    ['phone', 'light', PHONE],
  ]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize(size);
    if (world.screens) await page.screenshot({ path: join(world.screens, `${name}-${label}.png`), fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate((rules) => globalThis.axe.run({ runOnly: rules }), RULES);
    for (const { id, nodes } of found.violations) {
      page.problems.push(`${name} (${label}): ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) page.problems.push(`${name} (${label}) is ${overflow} pixels wider than the screen`);
  }
  await page.setViewportSize(DESK);
  await page.emulateMedia({ colorScheme: 'light' });
  if (page.problems.length > 0) throw new Error(`${name}:\n  ${page.problems.join('\n  ')}`);
}
