// A peer of languages_test.go: npm fast-jwt. A request a line in, an answer a line out.
// It takes PEM alone; its users read and write JWKs with node:crypto.
const { createPrivateKey, createPublicKey, createSecretKey } = require('node:crypto')
const { createInterface } = require('node:readline')
const { createSigner, createVerifier } = require('fast-jwt')
const answer = (value) => console.log(JSON.stringify(value))

function read(key, alg, create, type) {
  if (typeof key === 'object') return create({ key, format: 'jwk' }).export({ type, format: 'pem' })
  return alg.startsWith('HS') ? Buffer.from(key, 'base64url') : key
}

const operations = {
  sign({ alg, kid, key, claims }) {
    return { token: createSigner({ algorithm: alg, kid, key: read(key, alg, createPrivateKey, 'pkcs8') })(claims) }
  },
  verify({ alg, key, token, issuer, audience }) {
    const policy = { allowedIss: issuer, allowedAud: audience, requiredClaims: ['exp', 'iat'] }
    return { claims: createVerifier({ algorithms: [alg], key: read(key, alg, createPublicKey, 'spki'), ...policy })(token) }
  },
  export({ alg, kid, key }) {
    const create = alg.startsWith('HS') ? createSecretKey : key.includes('PRIVATE') ? createPrivateKey : createPublicKey
    return { jwk: { ...create(read(key, alg)).export({ format: 'jwk' }), kid } }
  },
}

answer({ version: require('fast-jwt/package.json').version })
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line)
  try {
    answer(operations[request.op](request))
  } catch (e) {
    answer({ error: `${e.code ?? e.name}: ${e.message}` })
  }
})
