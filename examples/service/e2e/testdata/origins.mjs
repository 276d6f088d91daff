// Pages of other origins can do nothing in the name of a user who is logged in, and no script
// gets hold of a token.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ORIGIN, OTHER_PORT, OTHER_SITE, PASSWORD, api, closeBrowsers, login, openBrowser, openTab } from './browser.mjs'

let profile, own, session

before(async () => {
  profile = await openBrowser()
  own = await openTab(profile)
  await login(own, 'alice')
  session = (await me()).session
})
after(closeBrowsers)

async function me() {
  const answer = await api(own, 'GET', '/me')
  assert.equal(answer.status, 200)
  return answer.body
}

// What a page of another origin tries: paths, and a body if the service wants one.
const targets = [
  ['/logout'], ['/refresh'], ['/logout/everywhere'], ['/demo/key'],
  ['/demo/store', { seconds: 60 }], ['/orders', { item: 'forged' }],
  ['/password', { old: PASSWORD, new: 'a password of the attacker' }],
  ['/login', { user: 'bob', password: PASSWORD }],
]

const form = ([url, body]) => new Promise(done => {
  const frame = document.createElement('iframe')
  frame.name = 'target' + Math.random()
  frame.onload = () => done()
  document.body.append(frame)
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: url, target: frame.name, enctype: 'text/plain' })
  if (body) {
    const input = document.createElement('input')
    const text = JSON.stringify(body)
    input.name = text.slice(0, -1) + ',"x":"' // text/plain makes name=value of it: JSON, with a member more
    input.value = '"}'
    form.append(input)
  }
  document.body.append(form)
  form.submit()
  setTimeout(done, 2000)
})

const blind = ([url, body]) => fetch(url, {
  method: 'POST', mode: 'no-cors', credentials: 'include', body: body && JSON.stringify(body),
}).then(answer => answer.type, String)

const json = ([url, body]) => fetch(url, {
  method: 'POST', credentials: 'include', body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json' },
}).then(answer => answer.status, String)

const read = ([url]) => fetch(url, { credentials: 'include' }).then(answer => answer.text(), String)

for (const [name, origin] of [['another port of the host', OTHER_PORT], ['another site', OTHER_SITE]]) {
  test(name, async () => {
    const orders = (await api(own, 'GET', '/orders')).body.orders.length
    const page = await openTab(profile, origin)
    for (const [path, body] of targets) {
      await page.evaluate(form, [ORIGIN + path, body])
      assert.equal(await page.evaluate(blind, [ORIGIN + path, body]), 'opaque')
      assert.equal(await page.evaluate(json, [ORIGIN + path, body]), 'TypeError: Failed to fetch')
    }
    for (const path of ['/me', '/orders', '/devices']) {
      assert.equal(await page.evaluate(read, [ORIGIN + path]), 'TypeError: Failed to fetch')
    }
    const now = await me()
    assert.equal(now.name, 'alice')
    assert.equal(now.session, session)
    assert.equal(now.generation, 1)
    assert.equal((await api(own, 'GET', '/orders')).body.orders.length, orders)
    assert.equal((await api(own, 'GET', '/readyz')).status, 200)
  })
}

test('the page cannot be framed', async () => {
  const page = await openTab(profile, OTHER_PORT)
  await page.evaluate(url => new Promise(done => {
    const frame = document.createElement('iframe')
    frame.src = url
    frame.onload = done
    document.body.append(frame)
  }), ORIGIN)
  assert.match(page.faults.join(), /frame-ancestors/)
})

test('no script reads or makes the cookies', async () => {
  assert.deepEqual(await own.evaluate(async () => [document.cookie, await cookieStore.getAll()]), ['', []])
  const cookies = await profile.cookies(ORIGIN)
  assert.deepEqual(cookies.map(c => [c.name, c.httpOnly, c.secure, c.sameSite, c.path]).sort(), [
    ['__Host-Http-at', true, true, 'Lax', '/'], ['__Host-Http-rt', true, true, 'Lax', '/'],
  ])
  await own.evaluate(value => { document.cookie = `__Host-Http-at=${value}; Secure; Path=/` }, 'a.b.c')
  assert.equal((await me()).name, 'alice')
})
