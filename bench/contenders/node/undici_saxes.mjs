// undici + saxes: pages are parsed while they arrive.
import { SaxesParser } from 'saxes';
import { COLUMNS, USER, channelIds, cursorOf, eachChannel, end, get, listPath, write } from './common.mjs';

const place = Object.fromEntries(COLUMNS.map((name, at) => [name, at]));
const fields = {
  channelSubscriber: { lastSubscribed: place.lastSubscribed, unsubscribed: place.unsubscribed },
  embed: { url: place.embedUrl, track: place.embedTrack },
  user: Object.fromEntries(USER.map((name) => [name, place[name]])),
};

async function page(channel, cursor) {
  const rows = [];
  let row, parent, column, next;
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    switch (name) {
      case 'channelSubscriber':
        row = new Array(COLUMNS.length);
        row[place.id] = attributes.id;
        parent = name;
        break;
      case 'user':
        row[place.userId] = attributes.id;
        parent = name;
        break;
      case 'embed':
        parent = name;
        break;
      case 'realm':
        row[place.realmId] = attributes.id;
        break;
      case 'link':
        if (attributes.rel === 'next') next = attributes.href;
        break;
      default:
        column = fields[parent]?.[name];
        text = '';
    }
  });
  parser.on('text', (piece) => {
    if (column !== undefined) text += piece;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'channelSubscriber') rows.push(row);
    else if (name === 'user' || name === 'embed') parent = 'channelSubscriber';
    else if (column !== undefined) {
      row[column] = text;
      column = undefined;
    }
  });
  const body = await get(listPath(channel, cursor));
  // Characters may be split between two chunks; setEncoding of undici's body does not join all of them.
  const decoder = new TextDecoder();
  for await (const chunk of body) parser.write(decoder.decode(chunk, { stream: true }));
  parser.write(decoder.decode());
  parser.close();
  await write(rows);
  return next && cursorOf(next);
}

await write([COLUMNS]);
await eachChannel(await channelIds(), async (channel) => {
  let cursor;
  do cursor = await page(channel, cursor);
  while (cursor);
});
await end();
