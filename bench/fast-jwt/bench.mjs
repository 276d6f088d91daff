import { generateKeyPairSync } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'

const secret = 'verifycache '.repeat(4)
const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const exp = Math.floor(Date.now() / 1000) + 3600
for (const [algorithm, signKey, key] of [['HS256', secret, secret], ['ES256', privateKey, publicKey]]) {
  const token = createSigner({ key: signKey, algorithm, kid: 'k' })({ iss: 'a', aud: 'x', sub: 'alice', role: 'admin', exp })
  for (const cache of [false, true]) {
    const verify = createVerifier({ key, algorithms: [algorithm], allowedIss: 'a', allowedAud: 'x', cache })
    const n = cache ? 300_000 : 20_000
    for (let i = 0; i < n / 10; i++) verify(token)
    const start = process.hrtime.bigint()
    for (let i = 0; i < n; i++) verify(token)
    console.log(`fast-jwt ${algorithm} ${cache ? 'hit' : 'uncached'}: ${Math.round(Number(process.hrtime.bigint() - start) / n)} ns`)
  }
}
