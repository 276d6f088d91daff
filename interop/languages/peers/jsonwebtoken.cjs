// A peer of languages_test.go: npm jsonwebtoken. A request a line in, an answer a line out.
// It has no JWK; its users read and write them with node:crypto, whose keys it takes.
const { createPrivateKey, createPublicKey, createSecretKey } = require('node:crypto')
const { createInterface } = require('node:readline')
const jwt = require('jsonwebtoken')
const answer = (value) => console.log(JSON.stringify(value))

function read(key, alg, create) {
  if (typeof key === 'object') return create({ key, format: 'jwk' })
  return alg.startsWith('HS') ? createSecretKey(key, 'base64url') : create(key)
}

const operations = {
  sign({ alg, kid, key, claims }) {
    return { token: jwt.sign(claims, read(key, alg, createPrivateKey), { algorithm: alg, keyid: kid }) }
  },
  verify({ alg, key, token, issuer, audience }) {
    return { claims: jwt.verify(token, read(key, alg, createPublicKey), { algorithms: [alg], issuer, audience }) }
  },
  export({ alg, kid, key }) {
    const create = key.includes('PRIVATE') ? createPrivateKey : createPublicKey
    return { jwk: { ...read(key, alg, create).export({ format: 'jwk' }), kid } }
  },
}

answer({ version: require('jsonwebtoken/package.json').version })
createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line)
  try {
    answer(operations[request.op](request))
  } catch (e) {
    answer({ error: `${e.name}: ${e.message}` })
  }
})
