// Every tool, resource and prompt, with the official TypeScript client, over both transports.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const { ELEMENTKIT, MCP_FOLDER } = process.env;
const options = ['--allow-writes', '--allow-folder', `${MCP_FOLDER}/files`];

/** Starts a server over HTTP, and returns its process, address and token. */
export async function serve(more) {
  const server = spawn(ELEMENTKIT, ['mcp', 'serve', '--listen', '127.0.0.1:0', ...more]);
  const [line] = await once(createInterface(server.stdout));
  const { url, tokenFile } = JSON.parse(line);
  return { server, url, token: readFileSync(tokenFile, 'utf8').trim() };
}

function once(lines) {
  return new Promise((resolve) => lines.once('line', (line) => resolve([line])));
}

async function connected(transport, test) {
  const client = new Client({ name: 'tools.mjs', version: '1.0.0' });
  if (transport === 'stdio') {
    await client.connect(
      new StdioClientTransport({ command: ELEMENTKIT, args: ['mcp', ...options], env: process.env }),
    );
    await test(client);
    return client.close();
  }
  const { server, url, token } = await serve(options);
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  await test(client);
  await client.close();
  server.kill();
}

async function everything(client, transport) {
  const used = new Set();
  const call = async (name, args = {}, requestOptions = undefined) => {
    used.add(name);
    const result = await client.callTool({ name, arguments: args }, undefined, requestOptions);
    assert.ok(!result.isError, `${name} ${JSON.stringify(args)}: ${JSON.stringify(result.content)}`);
    return result.structuredContent;
  };
  // The client holds answers to the schemas that it has listed.
  const { tools } = await client.listTools();
  const { instances } = await call('list_objects');
  const of = (element) => instances.find((each) => each.element === element).instance;
  const contacts = { instance: of('brighttalk'), object: 'channelsContacts' };
  const clients = { instance: of('tinycrm'), object: 'clients' };

  const { fields } = await call('describe_object', contacts);
  assert.ok(fields.find((field) => field.name === 'email').masked);
  const found = await call('search_records', { ...contacts, limit: 2, order_by: 'id desc' });
  await call('search_records', { ...contacts, limit: 2, order_by: 'id desc', cursor: found.cursor });
  await call('get_record', { ...contacts, id: found.records[0].id });
  const counted = await call('count_records', { ...contacts, group_by: ['industry'], limit: 3 });
  assert.ok(counted.largest.length === 3 && counted.groups > 3);

  const { job } = await call('start_job', contacts);
  const ofJob = { instance: contacts.instance, job };
  const seen = [];
  await call('job_status', { ...ofJob, wait_seconds: 60 }, { onprogress: (progress) => seen.push(progress) });
  await call('job_rows', { ...ofJob, limit: 1 });
  await call('list_jobs', { instance: contacts.instance });
  await call('cancel_job', ofJob);

  const saved = await call('save_table', { ...contacts, file: `node-${transport}.csv` });
  assert.equal(saved.records, counted.count);
  await call('save_table', { ...ofJob, file: `node-${transport}-job.csv` });
  await call('sync_table', { ...contacts, file: `node-${transport}-sync.jsonl` });

  const confirmed = async (name, args) => {
    const { confirm, vendorRequests } = await call(name, args);
    assert.ok(vendorRequests.length > 0);
    return (await call(name, { ...args, confirm })).answer;
  };
  const { id } = await confirmed('create_record', { ...clients, record: { name: 'Node' } });
  await confirmed('update_record', { ...clients, id, changes: { name: 'Node 2' } });
  await confirmed('delete_record', { ...clients, id });
  await confirmed('call_service', { instance: clients.instance, method: 'POST', path: 'clients', body: { name: 'x' } });
  assert.deepEqual([...used].sort(), tools.map((tool) => tool.name).sort());

  const { resources } = await client.listResources();
  assert.ok((await client.readResource({ uri: resources[1].uri })).contents[0].text.includes('$schema'));
  const { prompts } = await client.listPrompts();
  await client.getPrompt({ name: prompts[1].name, arguments: { condition: 'in Germany' } });

  const ended = new AbortController();
  const waiting = client.callTool({ name: 'count_records', arguments: contacts }, undefined, { signal: ended.signal });
  ended.abort();
  await assert.rejects(waiting);
  await call('list_objects');
}

for (const transport of ['stdio', 'http']) {
  await connected(transport, (client) => everything(client, transport));
}
console.log('tools.mjs: passed');
