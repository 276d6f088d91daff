// A certified OpenID provider with one key, whose access tokens are JWTs (RFC 9068).
// Beside node_modules with oidc-provider and jose: node op.mjs ALG PORT JWKS_URI
// PORT 0 is any that is free; JWKS_URI has the keys of a client that authenticates with a JWT (RFC 7523).
// It prints its issuer when it listens, and ends when its standard input does.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const [alg, port, jwks_uri] = process.argv.slice(2);
const { privateKey } = await generateKeyPair(alg, { extractable: true });
const key = { ...await exportJWK(privateKey), alg, use: 'sig', kid: `${alg}-1` };
const client = {
  client_id: 'shop', client_secret: 'not a secret', token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: alg,
};
const till = { ...client, client_id: 'till: 1', client_secret: '100% & a + b: c', token_endpoint_auth_method: 'client_secret_basic' };
const robot = { ...client, client_id: 'robot', token_endpoint_auth_method: 'private_key_jwt', jwks_uri };
const getResourceServerInfo = (ctx, audience) => ({
  audience, scope: 'orders:read orders:write', accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg } },
});

const server = createServer().listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: [key] }, clients: jwks_uri ? [client, till, robot] : [client, till],
    fetch: (url, { method, headers }) => fetch(url, { method, headers }), // its own refuses 127.0.0.1
    features: { clientCredentials: { enabled: true }, resourceIndicators: { enabled: true, getResourceServerInfo } },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit());
