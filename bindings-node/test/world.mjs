// Servers of the tests: a sandbox and a served engine, each in a separate process.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const COMMAND = process.env.ELEMENTKIT ?? path.join(ROOT, 'target/debug/elementkit');
export const KEY = '1';
export const SECRET = '0123456789ABCDEF0123456789ABCDEF';
export const USER = 'test-user-secret';
export const ORGANIZATION = 'test-organization-secret';

/** Starts a process; returns its first line and a function that ends it. */
async function start(args, env = {}, program = COMMAND) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners('exit');
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { line, stop };
}

export async function sandbox(options = {}) {
  const { line: url, stop } = await start(['sandbox', ...argumentsOf(options)]);
  return simulated(url, stop);
}

/** The simulated vendor that can be written to, and a platform with its elements. */
export async function testbed(options = {}) {
  const { line, stop } = await start(argumentsOf(options), {}, path.join(path.dirname(COMMAND), 'testbed-serve'));
  const started = JSON.parse(line);
  return { ...simulated(started.vendorUrl, stop), started };
}

function argumentsOf(options) {
  return Object.entries(options).flatMap(([name, value]) => [`--${name.replaceAll('_', '-')}`, String(value)]);
}

function simulated(url, stop) {
  const admin = async (method, what, body) => {
    const answer = await fetch(`${url}/__sim/${what}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  return {
    url,
    stop,
    fault: (rules) => admin('POST', 'faults', rules),
    clearFaults: () => admin('DELETE', 'faults'),
    /** Returns the number of pending responses. */
    open: () => admin('GET', 'open'),
    requests: () => admin('GET', 'requests'),
  };
}

export async function served(database, brighttalkUrl) {
  const args = ['--database', database, '--brighttalk-url', brighttalkUrl, 'serve', '--listen', '127.0.0.1:0'];
  const { line, stop } = await start(args, {
    ELEMENTKIT_BOOTSTRAP_USER_SECRET: USER,
    ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET: ORGANIZATION,
  });
  return { baseUrl: JSON.parse(line).baseUrl, stop };
}

const folders = [];
process.once('exit', () => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

/** A folder that is removed when the process ends: after everything that is open in it was closed. */
export function folder() {
  const made = mkdtempSync(path.join(tmpdir(), 'elementkit-'));
  folders.push(made);
  return made;
}
