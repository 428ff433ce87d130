// What goes wrong: wrong input on every form, an expired session, a vendor that is down.
import assert from 'node:assert/strict';
import { check, open, run } from './browser.mjs';

const SECRET = '0123456789ABCDEF0123456789ABCDEF';

await run(async (world) => {
  const page = await open(world);
  const own = (path) => `${world.origin}/console${path}`;
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const alert = () => page.getByRole('alert').first().waitFor();
  // A required field that is empty is refused by the browser itself.
  const isRefused = async (label) =>
    assert.ok(await page.getByLabel(label, { exact: true }).evaluate((field) => !field.validity.valid), label);

  await page.goto(world.link);
  await page.goto(own('/elements/brighttalk/connect'));
  await press('Connect');
  await isRefused('API Key');
  await page.getByLabel('API Key').fill('1');
  await page.getByLabel('API Secret').fill('<b>wrong</b>');
  await press('Connect');
  await alert();
  assert.equal(await page.getByLabel('API Key').inputValue(), '1');
  assert.equal(await page.getByLabel('API Secret').inputValue(), '');
  await page.getByLabel('API Secret').fill(SECRET);
  await page.getByLabel('Name of this instance').fill('Webinars <script>alert(1)</script>');
  await press('Connect');
  await page.waitForURL(/done=connected/);
  await check(world, page, 'odd-name');
  const instance = new URL(page.url()).pathname.replace('/console', '');

  await page.goto(own('/elements/import'));
  await press('Check');
  await isRefused('Definition');
  await page.getByLabel('Definition').fill('{"key": ');
  await press('Import');
  await alert();
  await page.goto(own(`${instance}/settings`));
  await page.getByLabel('API Secret').fill('wrong');
  await press('Save');
  await alert();
  await check(world, page, 'settings-refused');
  await page.goto(own(`${instance}/traces`));
  await page.getByLabel('Request id').fill('made-up');
  await press('Show the trace');
  await alert();
  await page.goto(own(`${instance}/bulk`));
  await page.getByLabel(/^Condition/).fill('country = ');
  await press('Start');
  await alert();
  await page.getByLabel(/^Condition/).fill('');
  await page.getByLabel(/^Changed since/).fill('yesterday or so');
  await press('Start');
  await alert();
  assert.equal(await page.getByLabel(/^Changed since/).inputValue(), 'yesterday or so');
  await check(world, page, 'bulk-refused');
  await page.goto(own(`${instance}/transformations`));
  await press('New transformation');
  await press('Save');
  await isRefused('Your object');
  await page.getByLabel('Your object', { exact: true }).fill('no spaces please');
  await page.getByLabel('Your field for id', { exact: true }).fill('id');
  await press('Save');
  await alert();
  await check(world, page, 'transformation-refused');
  await page.goto(own(`${instance}/engagement?channel=404`));
  await press('Make the report');
  await alert();
  await page.goto(own('/api/call?method=GET&path=/instances/{id}'));
  await press('Send');
  await isRefused('id');
  await page.getByLabel('id', { exact: true }).fill('not-a-number');
  await press('Send');
  await alert();
  await page.goto(own(instance));
  await page.getByLabel('Name of the instance').fill('another');
  await press('Delete');
  await alert();
  await page.goto(own('/instances?search=%3Cscript%3E'));
  await page.getByRole('heading', { name: 'No instance matches' }).waitFor();
  await page.goto(own('/nowhere'));
  await check(world, page, 'not-found');

  // The vendor is down: every page says so, and the ones without it work.
  await world.stopVendor();
  for (const [path, name] of [
    ['/records?path=channels', 'down-records'],
    ['/engagement', 'down-engagement'],
    ['/transformations/edit?object=channelsContacts', 'down-transformation'],
  ]) {
    await page.goto(own(instance + path));
    await alert();
    await check(world, page, name);
  }
  await page.goto(own(instance));
  await press('Check the connection');
  await alert();
  for (const path of ['', '/instances', instance, `${instance}/bulk`, `${instance}/sync`, `${instance}/traces`]) {
    const response = await page.goto(own(path));
    assert.equal(response.status(), 200, path);
  }

  // The session ends in another tab: a page that watches, and a form, lead to signing in, and back.
  await page.goto(own(`${instance}/bulk`));
  await page.getByLabel('List').selectOption('contacts');
  await press('Start');
  await page.waitForURL(/bulk\/\d+/);
  const job = page.url();
  const other = await page.context().newPage();
  await other.goto(own(''));
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.waitForURL(/sign-in/);
  await page.waitForURL(/sign-in/, { timeout: 20_000 });
  await check(world, page, 'expired');
  await page.getByLabel('User secret').fill('wrong');
  await page.getByLabel('Organization secret').fill('wrong');
  await press('Sign in');
  await alert();
  await page.getByLabel('User secret').fill(world.secrets.userSecret);
  await page.getByLabel('Organization secret').fill(world.secrets.organizationSecret);
  await press('Sign in');
  await page.waitForURL(/console/);
  await page.goto(job);
  await page.getByText('Bulk job').first().waitFor();
  await page.goto(own(instance));
  await page.context().clearCookies();
  await press('Disable');
  await page.waitForURL(/sign-in/);
});
console.log('what goes wrong is explained');
