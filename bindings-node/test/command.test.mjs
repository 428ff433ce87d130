// The command of the package ends as the command itself does.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { COMMAND, KEY, ROOT, SECRET, folder, sandbox } from './world.mjs';

const PACKAGE = [process.execPath, path.join(ROOT, 'bindings-node/bin/elementkit.js')];
const SLOW = { match: { path: '*/subscribers' }, fault: { type: 'slow_body', stall_after: 10, ms: 60000 } };

/** Starts a command, sends it a signal when it works, and returns its exit. */
async function endedBy(signal, [program, ...before], args, atWork, env) {
  const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env });
  const ended = once(child, 'exit');
  await Promise.race([atWork(child), ended]);
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const end = await ended;
  clearTimeout(late);
  return end;
}

/** Waits until a server has printed its address and responds; it handles signals by then. */
async function serving(child) {
  const [line] = await once(child.stdout, 'data');
  await fetch(/http:[^"\s]+/.exec(String(line))[0]);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`serve, sandbox and bulk end by ${signal} as the command does`, async (t) => {
    const [place, simulator] = [folder(), await sandbox()];
    t.after(simulator.stop);
    const env = {
      ...process.env,
      BRIGHTTALK_API_KEY: KEY,
      BRIGHTTALK_API_SECRET: SECRET,
      ELEMENTKIT_BRIGHTTALK_URL: simulator.url,
    };
    await simulator.fault(SLOW);
    const reading = async () => {
      while ((await simulator.open()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const ends = { native: {}, packaged: {} };
    for (const [name, command] of [
      ['native', [COMMAND]],
      ['packaged', PACKAGE],
    ]) {
      const database = ['--database', path.join(place, `${name}.db`)];
      await promisify(execFile)(COMMAND, [...database, 'connect', 'brighttalk'], { env });
      const end = (args, atWork) => endedBy(signal, command, args, atWork, env);
      ends[name].serve = await end([...database, 'serve', '--listen', '127.0.0.1:0'], serving);
      ends[name].sandbox = await end(['sandbox'], serving);
      ends[name].bulk = await end([...database, 'bulk', 'query', 'select * from contacts'], reading);
    }
    assert.deepEqual(ends.packaged, ends.native);
    assert.ok(
      Object.values(ends.packaged).every(([, by]) => by !== 'SIGKILL'),
      JSON.stringify(ends),
    );
  });
}
