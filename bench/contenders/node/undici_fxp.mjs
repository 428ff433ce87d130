// undici + fast-xml-parser.
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import { COLUMNS, USER, channelIds, cursorOf, eachChannel, end, get, listPath, write } from './common.mjs';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'channelSubscriber' || name === 'link',
});

function row(record) {
  const { user, embed } = record;
  const values = {
    id: record['@id'],
    lastSubscribed: record.lastSubscribed,
    unsubscribed: record.unsubscribed,
    embedUrl: embed?.url,
    embedTrack: embed?.track,
    userId: user['@id'],
    realmId: user.realm?.['@id'],
  };
  for (const name of USER) values[name] = user[name];
  return COLUMNS.map((name) => values[name]);
}

await write([COLUMNS]);
await eachChannel(await channelIds(), async (channel) => {
  let cursor;
  do {
    const root = parser.parse(await text(await get(listPath(channel, cursor)))).channelSubscribers;
    await write((root.channelSubscriber ?? []).map(row));
    const next = (root.link ?? []).find((link) => link['@rel'] === 'next');
    cursor = next && cursorOf(next['@href']);
  } while (cursor);
});
await end();
