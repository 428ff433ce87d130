// A SOAP 1.1 service of orders, made with node-soap: a login that gives a session for the header of each envelope, lists
// in pages, writes and faults. Prints its address, and ends with its standard input.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import soap from 'soap';

const USER = process.env.SOAP_USER ?? 'ann';
const PASSWORD = process.env.SOAP_PASSWORD ?? 'a<b&"c"';
const SESSION_CALLS = Number(process.env.SESSION_CALLS ?? Infinity);
const orders = new Map();
let sessions = 0;
let session;
let calls = 0;
// What the service understood of the calls, for the tests.
const seen = [];

for (let id = 1; id <= Number(process.env.ORDERS ?? 7); id++) {
  orders.set(id, { Id: id, Customer: id % 2 ? 'Ann & Söhne' : 'Bob <b>', Zip: '01067', Paid: id % 3 === 0, Note: '' });
}

const fault = (faultcode, faultstring, statusCode = 500) => {
  throw { Fault: { faultcode, faultstring, statusCode } };
};

const checked = (headers) => {
  const given = headers?.Session?.$value ?? headers?.Session;
  if (given !== session || ++calls > SESSION_CALLS) {
    session = undefined;
    fault('soap:Client', 'The session has ended', 401);
  }
};

const operations = {
  Login({ User, Password }) {
    if (User !== USER || Password !== PASSWORD) fault('soap:Client', `No user ${User}`);
    session = `S-${++sessions}`;
    calls = 0;
    return { Session: session };
  },
  GetOrder({ Id }, callback, headers) {
    checked(headers);
    if (Id === 500) fault('soap:Server', 'The storage is broken');
    const order = orders.get(Id) ?? fault('soap:Client', `No order ${Id} < any`);
    return { Order: order };
  },
  ListOrders({ Page, Size, Customer }, callback, headers) {
    checked(headers);
    const all = [...orders.values()].filter((order) => !Customer || order.Customer === Customer);
    return { Orders: { Order: all.slice((Page - 1) * Size, Page * Size) } };
  },
  CreateOrder(order, callback, headers) {
    checked(headers);
    const Id = orders.size + 1;
    orders.set(Id, { ...order, Id });
    return { Id };
  },
};

// GET /test/calls.
const server = http.createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(seen));
});
server.listen(0, '127.0.0.1', () => {
  const wsdl = readFileSync(new URL('orders.wsdl', import.meta.url), 'utf8');
  const service = { OrdersService: { OrdersPort: operations } };
  const listener = soap.listen(server, '/orders', service, wsdl);
  listener.on('request', (envelope, operation) => {
    seen.push({ operation, ...envelope });
  });
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.stdin.on('end', () => process.exit()).resume();
