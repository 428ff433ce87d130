// The way of a new user in a browser: from an empty database to the attendance of one channel in a file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { check, open, run } from './browser.mjs';

const SECRET = '0123456789ABCDEF0123456789ABCDEF';

async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await download.path(), 'utf8');
}

await run(async (world) => {
  const page = await open(world);
  let clicks = 0;
  const click = (name, role = 'link') => {
    clicks += 1;
    return page.getByRole(role, { name }).first().click();
  };

  // The first screen: small, and quick once the browser runs.
  await page.goto(world.link);
  await page.waitForLoadState('networkidle');
  const [bytes, took] = await page.evaluate(() => {
    const [navigation] = performance.getEntriesByType('navigation');
    const all = [navigation, ...performance.getEntriesByType('resource')];
    return [all.reduce((sum, entry) => sum + entry.encodedBodySize, 0), navigation.loadEventEnd];
  });
  console.log(`first screen: ${bytes} bytes, ${Math.round(took)} ms`);
  assert.ok(bytes < 100_000, `the first screen has ${bytes} bytes`);
  await check(world, page, 'home-empty');

  await click(/^Connect/);
  await check(world, page, 'connect');
  await page.getByLabel('API Key').fill('1');
  await page.getByLabel('API Secret').fill('wrong');
  await page.getByRole('button', { name: 'Connect' }).click();
  await check(world, page, 'connect-refused');
  await page.getByLabel('API Secret').fill(SECRET);
  await click('Connect', 'button');
  await check(world, page, 'instance');
  await click('Channels');
  await check(world, page, 'records');
  await click('Viewings');
  await page.waitForURL(/viewings/);
  await check(world, page, 'records-nested');
  clicks += 1;
  const file = await saved(page, () => page.getByRole('link', { name: 'CSV table' }).click());
  const lines = file.trim().split('\n');
  assert.match(lines[0], /^id,channelId,webcastId,/);
  assert.ok(lines.length > 1);
  console.log(`${lines.length - 1} rows of attendance, ${clicks} clicks`);

  // The filter: built, then broken by hand.
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel('Field').selectOption('duration');
  await page.getByLabel('Comparison').selectOption('is at least');
  await page.getByLabel('Value').fill('600');
  await page.getByRole('button', { name: 'Add condition' }).click();
  await page.waitForURL(/where=/);
  assert.equal(await page.getByLabel('Condition', { exact: true }).inputValue(), "duration >= '600'");
  await page.getByLabel('Condition', { exact: true }).fill('duration >=');
  await page.getByRole('button', { name: 'Apply' }).click();
  await check(world, page, 'records-mistake');

  // The engagement of a channel: pictures, and one file.
  await page.getByRole('link', { name: 'Engagement' }).click();
  await check(world, page, 'engagement-choice');
  await page.getByRole('button', { name: 'Make the report' }).click();
  await page.getByRole('heading', { name: 'Leads by company' }).waitFor({ timeout: 30_000 });
  for (const numbers of await page.locator('summary').all()) await numbers.click();
  await check(world, page, 'engagement');
  const report = await saved(page, () => page.getByRole('link', { name: 'Download as one HTML file' }).click());
  assert.match(report, /^<!DOCTYPE html>/);

  // A bulk job, watched to its end.
  await page.getByRole('link', { name: 'Bulk jobs' }).click();
  await check(world, page, 'bulk-empty');
  await page.getByLabel('List').selectOption('contacts');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { name: 'Download the result' }).waitFor({ timeout: 30_000 });
  await check(world, page, 'job');
  const contacts = await saved(page, () => page.getByRole('link', { name: 'CSV', exact: true }).click());
  assert.match(contacts, /^id,/);

  // A sync: everything once, then the changes.
  await page.getByRole('link', { name: 'Sync' }).click();
  await check(world, page, 'sync-empty');
  await page.getByLabel('List').selectOption('contacts');
  await page.getByRole('button', { name: 'Read everything' }).click();
  await page.getByRole('button', { name: 'Get the changes' }).click({ timeout: 30_000 });
  await page.getByRole('heading', { name: 'Download the result' }).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'Sync' }).click();
  await check(world, page, 'sync');

  // An object of one's own: named beside a record, tried, saved and read.
  await page.getByRole('link', { name: 'Transformations' }).click();
  await check(world, page, 'transformations-empty');
  await page.getByLabel('Object of the service').selectOption('channelsContacts');
  await page.getByRole('button', { name: 'New transformation' }).click();
  await page.getByLabel('Your object', { exact: true }).fill('people');
  await page.getByLabel('Your field for id', { exact: true }).fill('number');
  await page.getByLabel('Your field for companyName', { exact: true }).fill('company.name');
  await page.getByRole('button', { name: 'Try on the first record' }).click();
  await page.getByRole('heading', { name: 'Your record' }).waitFor();
  await check(world, page, 'transformation');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Look at the records' }).click();
  await page.getByRole('columnheader', { name: 'number' }).waitFor();
  await page.getByRole('link', { name: 'Transformations' }).click();
  await check(world, page, 'transformations');

  await page.getByRole('link', { name: 'Overview' }).first().click();
  await check(world, page, 'home');
  await page.getByRole('link', { name: 'Instances', exact: true }).click();
  await check(world, page, 'instances');
  await page.getByRole('link', { name: 'Elements' }).click();
  await check(world, page, 'elements');

  await page.getByRole('link', { name: 'Import a definition' }).click();
  await page.getByLabel('Definition').fill('{"key": "x"}');
  await page.getByRole('button', { name: 'Check' }).click();
  await check(world, page, 'import');
  await page.getByRole('link', { name: 'API', exact: true }).click();
  await check(world, page, 'api');
  await page.goto(`${world.origin}/console/api/call?method=GET&path=/hubs/{hub}/channels`);
  await page.getByLabel('hub').fill('marketing');
  await page.getByLabel('As the instance').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: 'Response' }).waitFor();
  await check(world, page, 'api-call');
  await page.getByRole('link', { name: 'Usage' }).click();
  await check(world, page, 'usage');
  await page.getByRole('link', { name: 'Secrets' }).click();
  await page.getByRole('button', { name: 'Show the secrets' }).click();
  await page.getByRole('link', { name: 'Hide the secrets' }).waitFor();
  await check(world, page, 'secrets');
  await page.getByLabel('The old secret stops').selectOption('in an hour');
  await page.getByRole('button', { name: 'Replace the secret' }).click();
  await page.getByText('The secret was replaced.').waitFor();
  await page.getByRole('link', { name: 'Instances', exact: true }).click();
  await page.getByRole('link', { name: 'BrightTALK' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await check(world, page, 'settings');
  await page.getByRole('link', { name: 'Traces' }).click();
  await page.getByRole('button', { name: 'Trace a read' }).click();
  await page.getByRole('heading', { name: 'Calls of the service' }).waitFor();
  await check(world, page, 'traces');
  await page.goto(`${world.origin}/console/elements`);

  // With the keyboard alone: the first stop leads to the content.
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');

  await page.getByRole('button', { name: 'Dark' }).click();
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/sign-in/);
  await check(world, page, 'sign-in');
  await page.goto(world.link);
  await check(world, page, 'used-link');
});
console.log('the console works in a browser');
