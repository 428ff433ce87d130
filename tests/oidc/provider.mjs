// An OpenID provider whose tokens live for a few seconds, and a resource server whose calls need one of its tokens. The
// first line of output is the address. Users are logged in and agree at once.
//
// RECORDS items are below /items, 50 on a page; each can be read, changed and deleted at /items/{id}. A token serves
// TOKEN_CALLS calls (any number if it is absent) and TOKEN_SECONDS seconds. GET /test/counts returns the numbers of
// granted tokens by grant, of rejected and of answered calls.
//
// With PUBLIC_KEY, a public key in PEM, there is a client `key-client` that authenticates itself with its private key, and
// assertions that this key signed are exchanged for tokens.
import http from 'node:http';
import { once } from 'node:events';
import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { Provider } from 'oidc-provider';

const { CALLBACK, PUBLIC_KEY, RECORDS = '120', TOKEN_CALLS, TOKEN_SECONDS = '3600' } = process.env;
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const PAGE = 50;
const client = {
  client_id: 'client',
  client_secret: 'client-secret-7c31a9',
  token_endpoint_auth_method: 'client_secret_post',
};
const counts = { grants: {}, errors: [], refused: 0, answered: 0 };

const items = new Map();
for (let number = 0; number < Number(RECORDS); number += 1) {
  const id = `item-${String(number).padStart(5, '0')}`;
  items.set(id, {
    id,
    title: `Item ${number}`,
    open: number % 2 === 0,
    size: { width: number },
  });
}

const server = http.createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const address = `http://127.0.0.1:${server.address().port}`;

const publicKey = PUBLIC_KEY && createPublicKey(PUBLIC_KEY);
const keyClients = publicKey
  ? [
      {
        client_id: 'key-client',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'RS256',
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig' }] },
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ]
  : [];

const seconds = Number(TOKEN_SECONDS);
const provider = new Provider(address, {
  clients: [
    {
      ...client,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', ...(publicKey ? [BEARER] : [])],
      redirect_uris: [CALLBACK ?? 'http://127.0.0.1:9/callback'],
      application_type: 'native',
    },
    ...keyClients,
  ],
  routes: {
    authorization: '/authorize',
    token: '/token',
    revocation: '/revoke',
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
  },
  cookies: { keys: ['only for tests'] },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  scopes: ['openid', 'offline_access', 'read'],
  ttl: {
    AccessToken: seconds,
    ClientCredentials: seconds,
    AuthorizationCode: 60,
    Grant: 3600,
    IdToken: 60,
    Interaction: 60,
    RefreshToken: 3600,
    Session: 3600,
  },
});

if (publicKey) {
  provider.registerGrantType(
    BEARER,
    async (context) => {
      const { client, params } = context.oidc;
      const options = {
        algorithms: ['RS256'],
        issuer: 'assertion-issuer',
        audience: address,
        maxTokenAge: '5 minutes',
      };
      try {
        const { protectedHeader } = await jwtVerify(params.assertion, publicKey, options);
        if (protectedHeader.kid !== 'key-1') throw new Error('unknown key');
      } catch (error) {
        context.status = 400;
        context.body = { error: 'invalid_grant', error_description: error.message };
        return;
      }
      const token = new provider.ClientCredentials({ client, scope: 'read' });
      const access = await token.save();
      context.body = { access_token: access, expires_in: token.expiration, token_type: 'Bearer' };
    },
    ['assertion'],
  );
}

provider.on('grant.success', (context) => {
  const grant = context.oidc.params.grant_type;
  counts.grants[grant] = (counts.grants[grant] ?? 0) + 1;
});
provider.on('grant.error', (context, error) => {
  counts.errors.push(`${context.oidc?.params?.grant_type}: ${error.error}`);
});

/** Logs the user in and agrees to everything. */
async function agree(request, response) {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: 'user' };
    return provider.interactionFinished(request, response, { login });
  }
  const known = grantId && (await provider.Grant.find(grantId));
  const grant = known || new provider.Grant({ accountId: 'user', clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? '');
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

const calls = new Map();

/** Returns whether a call has a token that is valid, and counts the call. */
async function isAllowed(request) {
  const bearer = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1] ?? '';
  const token = (await provider.AccessToken.find(bearer)) ?? (await provider.ClientCredentials.find(bearer));
  if (!token || token.isExpired) return false;
  // The check of the credentials does not use a token up.
  if (request.url === '/me') return true;
  const used = calls.get(bearer) ?? 0;
  calls.set(bearer, used + 1);
  return TOKEN_CALLS === undefined || used < Number(TOKEN_CALLS);
}

/** Returns status and body of a call. */
function answer(method, url, body) {
  const id = url.pathname.match(/^\/items\/([^/]+)$/)?.[1];
  if (url.pathname === '/me') return [200, { user: 'user', items: [] }];
  if (url.pathname === '/items' && method === 'GET') {
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const size = Math.min(Number(url.searchParams.get('limit') ?? PAGE) || PAGE, PAGE);
    const page = [...items.values()].slice(start, start + size);
    const next = start + size < items.size ? String(start + size) : null;
    return [200, { items: page, next }];
  }
  if (url.pathname === '/items' && method === 'POST') {
    const item = { id: `item-${items.size}-new`, ...body };
    items.set(item.id, item);
    return [201, item];
  }
  if (!items.has(id)) return [404, { error: 'not_found' }];
  if (method === 'GET') return [200, items.get(id)];
  if (method === 'PATCH') {
    items.set(id, { ...items.get(id), ...body });
    return [200, items.get(id)];
  }
  if (method === 'DELETE') {
    items.delete(id);
    return [204, undefined];
  }
  return [405, { error: 'method_not_allowed' }];
}

async function serve(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let result;
  if (await isAllowed(request)) {
    counts.answered += 1;
    const text = Buffer.concat(chunks).toString();
    const body = text ? JSON.parse(text) : undefined;
    result = answer(request.method, new URL(request.url, address), body);
  } else {
    counts.refused += 1;
    result = [401, { error: 'invalid_token' }];
  }
  response.writeHead(result[0], { 'content-type': 'application/json' });
  response.end(result[1] && JSON.stringify(result[1]));
}

const callback = provider.callback();
server.on('request', async (request, response) => {
  try {
    if (request.url.startsWith('/interaction/')) await agree(request, response);
    else if (request.url === '/test/counts') response.end(JSON.stringify(counts));
    else if (/^\/(items|me)\b/.test(request.url)) await serve(request, response);
    else callback(request, response);
  } catch (error) {
    console.error(error);
    response.destroy();
  }
});
console.log(address);
// The test ends when the program that started it does.
process.stdin.resume().on('end', () => process.exit(0));
