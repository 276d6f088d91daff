// A peer of languages_test.go: npm jose. A request a line in, an answer a line out.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url) // import by itself ignores NODE_PATH
const jose = await import(require.resolve('jose'))
const answer = (value) => console.log(JSON.stringify(value))

function read(key, alg) {
  if (key.keys) return jose.createLocalJWKSet(key)
  if (key.kty) return jose.importJWK(key, alg)
  if (alg.startsWith('HS')) return Buffer.from(key, 'base64url')
  const options = { extractable: true }
  return key.includes('PRIVATE') ? jose.importPKCS8(key, alg, options) : jose.importSPKI(key, alg, options)
}

const operations = {
  async sign({ alg, kid, key, claims }) {
    const header = { alg, kid, typ: 'JWT' }
    return { token: await new jose.SignJWT(claims).setProtectedHeader(header).sign(await read(key, alg)) }
  },
  async verify({ alg, key, token, issuer, audience }) {
    const options = { algorithms: [alg], typ: 'JWT', issuer, audience, requiredClaims: ['exp', 'iat'] }
    return { claims: (await jose.jwtVerify(token, await read(key, alg), options)).payload }
  },
  async export({ alg, kid, key }) {
    return { jwk: { ...(await jose.exportJWK(await read(key, alg))), kid } }
  },
  async thumbprint({ key }) {
    return { thumbprint: await jose.calculateJwkThumbprint(key) }
  },
}

answer({ version: require('jose/package.json').version })
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  try {
    answer(await operations[request.op](request))
  } catch (e) {
    answer({ error: `${e.code ?? e.name}: ${e.message}` })
  }
}
