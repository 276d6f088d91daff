// What happens in the page, in Chromium. Each scenario has a page of its own, at the address
// of the command, and fails by throwing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

const state = (page, text) => page.locator('#state', { hasText: text }).waitFor()
const row = (page, name) => page.locator(`[data-part=claims] .row[aria-label="${name}"]`)
const value = (page, name) => row(page, name).locator('.value')
const notes = async (page, name) => (await row(page, name).locator('.notes').innerText()).replaceAll('\n', ' | ')
const checks = async page => (await page.locator('#checks li').evaluateAll(items =>
  items.map(item => `${item.querySelector('.mark').textContent} ${item.querySelector('b').textContent}`)))

async function open(page, given, token) {
  await page.goto(given.url)
  if (token) {
    await page.fill('#token', token)
    await state(page, 'Signature not verified')
    await row(page, 'sub').waitFor()
  }
}

// The part of a token that is JSON.
const part = (token, i) => JSON.parse(Buffer.from(token.split('.')[i], 'base64url').toString())

export const scenarios = {
  // It is decoded as it is typed, up to where it breaks.
  async decode(page, given) {
    await open(page, given)
    await page.locator('#token').pressSequentially('Bearer ' + given.token.slice(0, 30), { delay: 1 })
    await state(page, 'This is not a complete token')
    await page.locator('#token').fill(given.token)
    await state(page, 'Signature not verified')
    assert.equal(await value(page, 'sub').inputValue(), '"alice"')
    assert.equal(await page.locator('[data-part=header] .row').count(), 3)
  },

  // A warning stands beside the line that it concerns.
  async warnings(page, given) {
    await open(page, given, given.odd)
    assert.match(await notes(page, 'password'), /it looks like a secret/)
    assert.match(await notes(page, 'exp'), /expired/)
    assert.equal(await notes(page, 'role'), '')
    const header = await page.locator('[data-part=header] .row[aria-label=jku] .notes').innerText()
    assert.match(header, /lets the sender choose the key/)
    const described = await value(page, 'password').getAttribute('aria-describedby')
    assert.match(await page.locator(`#${described}`).innerText(), /secret/)
  },

  async timeline(page, given) {
    await open(page, given, given.token)
    assert.deepEqual(await page.locator('#timeline .point').allInnerTexts(), ['iat', 'exp', 'now'])
    assert.equal(await page.locator('#timeline').getAttribute('data-live'), 'true')
    assert.match(await page.locator('#dates').innerText(), /expires in/)
    const at = name => page.locator('#timeline .point', { hasText: name }).evaluate(e => +e.style.getPropertyValue('--at'))
    assert.ok(await at('iat') < await at('now') && await at('now') < await at('exp'))
    await page.fill('#token', given.odd)
    await page.locator('#timeline[data-live=false]').waitFor()
  },

  // What is said about dates does not grow old, and what is being typed stays.
  async refresh(page, given) {
    await page.clock.install()
    await page.goto(given.url)
    await page.fill('#token', given.token)
    await page.clock.runFor(200)
    await row(page, 'sub').waitFor()
    await value(page, 'sub').evaluate(field => { field.value = '"half' })
    const again = page.waitForRequest(/decode$/)
    await page.clock.runFor(10_000)
    await (await again).response()
    assert.equal(await value(page, 'sub').inputValue(), '"half')
  },

  // Without a key an edit says that the signature is no longer valid; with one it signs again.
  async edit(page, given) {
    await open(page, given, given.token)
    await value(page, 'sub').fill('"bob"')
    await state(page, 'The signature is no longer valid')
    let token = await page.inputValue('#token')
    assert.equal(part(token, 1).sub, 'bob')
    assert.equal(token.split('.')[2], given.token.split('.')[2])

    await page.fill('#key', given.publicKey)
    await state(page, 'The signature is no longer valid: the key cannot sign with ES256')
    await page.fill('#key', given.key)
    await state(page, 'Signed again with your key, ES256')
    token = await page.inputValue('#token')
    assert.notEqual(token.split('.')[2], given.token.split('.')[2])

    await value(page, 'sub').fill('bob')
    await state(page, 'Not all values are JSON, so the token is not updated')
    assert.match(await notes(page, 'sub'), /put text in quotes/)
    assert.match(await notes(page, 'iss'), /who made the token/)
    await value(page, 'sub').fill('"carol"')
    await state(page, 'Signed again')

    await page.click('#undo')
    await state(page, 'Signature not verified')
    assert.equal(await page.inputValue('#token'), given.token)
    assert.equal(await value(page, 'sub').inputValue(), '"alice"')

    await value(page, 'sub').fill('bob')
    await state(page, 'Not all values are JSON')
    await page.click('#undo')
    await page.waitForFunction(() => document.querySelector('.row[aria-label=sub] .value').value === '"alice"')
  },

  // A secret that is written in hex, and one that is too short.
  async secrets(page, given) {
    await open(page, given, given.token)
    await page.locator('[data-part=header] .row[aria-label=alg] .value').fill('"HS256"')
    await page.fill('#key', '68756e74657232')
    await state(page, 'too short to be safe')
    const asText = await page.inputValue('#token')
    await page.selectOption('#encoding', 'hex')
    await page.waitForFunction(before => document.getElementById('token').value !== before, asText)
    const asHex = await page.inputValue('#token')
    await page.selectOption('#encoding', '')
    await page.fill('#key', 'hunter2')
    await state(page, 'too short to be safe')
    await page.waitForFunction(same => document.getElementById('token').value === same, asHex)
  },

  async rows(page, given) {
    await open(page, given, given.token)
    await page.getByRole('button', { name: 'Add a claim' }).click()
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('true')
    await page.locator('#state[data-state=stale]').waitFor()
    await page.waitForFunction(() => JSON.parse(atob(document.getElementById('token').value.split('.')[1])).admin === true)
    await page.getByRole('button', { name: 'Remove sub' }).click()
    await page.waitForFunction(() => !('sub' in JSON.parse(atob(document.getElementById('token').value.split('.')[1]))))
    assert.equal(await page.evaluate(() => document.activeElement.value), 'aud')
  },

  async verify(page, given) {
    await open(page, given, given.token)
    await page.click('button[type=submit]')
    await page.locator('#verdict', { hasText: 'Enter a key, a JWK Set or an issuer first' }).waitFor()
    await page.fill('#key', given.publicKey)
    await page.click('button[type=submit]')
    await page.locator('#verdict', { hasText: 'Enter the expected issuer' }).waitFor()
    await page.fill('#want-iss', 'https://auth.example.com/')
    await page.check('#any-aud')
    await page.click('button[type=submit]')
    await page.locator('#verdict', { hasText: 'Refused: iss' }).waitFor()
    assert.deepEqual(await checks(page), ['✓ form', '✓ header', '✓ alg', '✓ signature', '✓ payload', '✓ typ', '✗ iss', '– aud', '– nbf', '✓ iat', '✓ exp'])

    await page.fill('#want-iss', 'https://auth.example.com')
    await page.click('button[type=submit]')
    await page.locator('#verdict[data-holds=true]', { hasText: 'Accepted: all checks passed' }).waitFor()

    await page.fill('#key', given.otherKey)
    await page.click('button[type=submit]')
    await page.locator('#verdict', { hasText: 'Refused: signature' }).waitFor()
    assert.ok((await checks(page)).includes('✗ signature') && (await checks(page)).includes('✓ iss'))

    await page.getByLabel('JWKS', { exact: true }).check()
    await page.fill('#jwks', given.jwks)
    await page.click('button[type=submit]')
    await page.locator('#verdict[data-holds=true]').waitFor()
    await value(page, 'sub').fill('"bob"')
    await page.locator('#verdict').waitFor({ state: 'hidden' })
  },

  // The command fetches the keys of an issuer that the user names; the page asks nobody else.
  async issuer(page, given) {
    await open(page, given, given.issued)
    await page.getByLabel('Issuer', { exact: true }).check()
    await page.fill('#issuer-url', given.issuer)
    await page.fill('#want-iss', given.issuer)
    await page.fill('#want-aud', 'test')
    await page.click('button[type=submit]')
    await page.locator('#verdict[data-holds=true]').waitFor()
    await page.fill('#issuer-url', 'http://127.0.0.1:1')
    await page.click('button[type=submit]')
    await page.locator('#verdict[data-holds=false]').waitFor()
  },

  // A token in the address does not stay there.
  async fragment(page, given) {
    for (const fragment of [given.token, `token=${given.token}`, `state=1&access_token=${given.token}&token_type=bearer`]) {
      await page.goto('about:blank')
      await page.goto(`${given.url}#${fragment}`)
      await row(page, 'sub').waitFor()
      assert.equal(page.url(), given.url)
      assert.equal(await page.inputValue('#token'), given.token)
      await page.goBack()
      assert.equal(page.url(), 'about:blank')
    }
    await page.goto(given.url)
    await page.evaluate(token => { location.hash = token }, given.token)
    await row(page, 'sub').waitFor()
    assert.equal(page.url(), given.url)
  },

  // The token that the command was started with.
  async start(page, given) {
    await page.goto(given.started)
    await row(page, 'sub').waitFor()
    assert.equal(await page.inputValue('#token'), given.token)
  },

  // Everything can be done without a mouse, and the focus can be seen.
  async keyboard(page, given) {
    await page.goto(given.url)
    assert.equal(await page.evaluate(() => document.activeElement.id), 'token')
    await page.keyboard.insertText(given.token)
    await row(page, 'sub').waitFor()
    const seen = []
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate(() => {
        const e = document.activeElement
        const style = getComputedStyle(e)
        return e === document.body ? null : { name: e.id || e.className || e.type, outline: style.outlineStyle !== 'none' }
      })
      if (!at) break
      assert.ok(at.outline, `no focus ring on ${at.name}`)
      seen.push(at.name)
    }
    for (const name of ['copy', 'clear', 'key', 'want-iss', 'any-iss', 'want-aud', 'primary', 'add', 'name', 'value', 'remove']) {
      assert.ok(seen.includes(name), `${name} cannot be reached: ${seen}`)
    }
    await page.focus('#key')
    await page.keyboard.insertText(given.publicKey)
    await page.focus('#any-iss')
    await page.keyboard.press('Space')
    await page.focus('#any-aud')
    await page.keyboard.press('Space')
    await page.keyboard.press('Control+Enter')
    await page.locator('#verdict[data-holds=true]').waitFor()
    await page.focus('[name=source][value=key]')
    await page.keyboard.press('ArrowRight')
    assert.ok(await page.isVisible('#jwks'))
  },

  // axe-core finds nothing, in light and in dark, in each state of the page.
  async accessible(page, given) {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Page.setBypassCSP', { enabled: true }) // to put axe-core into the page
    const audit = async what => {
      const { violations } = await page.evaluate(`${axe}; axe.run()`)
      const found = violations.map(v => `${v.id}: ${v.nodes.map(node => node.html + ' ' + node.failureSummary).join('\n')}`)
      assert.deepEqual(found, [], what)
    }
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await open(page, given)
      await audit(`${colorScheme}, empty`)
      await page.fill('#token', given.odd)
      await row(page, 'sub').waitFor()
      await value(page, 'sub').fill('bob')
      await page.fill('#key', given.publicKey)
      await page.check('#any-iss')
      await page.check('#any-aud')
      await page.click('button[type=submit]')
      await page.locator('#verdict').waitFor()
      await audit(`${colorScheme}, refused`)
    }
  },

  // The browser stores nothing that is typed, and sends nothing to a spelling checker.
  async forgetful(page, given) {
    await open(page, given, given.token)
    const careless = await page.evaluate(() => [...document.querySelectorAll('textarea, input:not([type=radio], [type=checkbox])')]
      .filter(field => field.autocomplete !== 'off' || field.spellcheck).map(field => field.outerHTML))
    assert.deepEqual(careless, [])
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''])
    await page.fill('#key', given.key)
    await page.reload()
    assert.equal(await page.inputValue('#key'), '')
    assert.equal(await page.inputValue('#token'), '')
  },

  // Light and dark are two designs: the colours of both are there.
  async colours(page, given) {
    const colour = {}
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await open(page, given, given.token)
      colour[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    }
    assert.deepEqual(colour, { light: 'rgb(245, 244, 240)', dark: 'rgb(18, 19, 22)' })
  },

  // The colours of the token lie where its text is, also when it is long and scrolls.
  async overlay(page, given) {
    await open(page, given, given.token)
    for (const times of [1, 30]) {
      await page.fill('#token', given.token.split('.').map(part => part.repeat(times)).join('.'))
      await page.evaluate(() => { document.getElementById('token').scrollTop = 1e6 })
      await page.waitForFunction(() => document.getElementById('token-colours').scrollTop === document.getElementById('token').scrollTop)
      const [text, colours] = await page.evaluate(() => ['token', 'token-colours'].map(id => {
        const e = document.getElementById(id)
        return { width: e.clientWidth, height: e.scrollHeight, top: e.getBoundingClientRect().top }
      }))
      assert.deepEqual(colours, text)
    }
  },

  // Nothing scrolls sideways on a telephone.
  async narrow(page, given) {
    await page.setViewportSize({ width: 360, height: 700 })
    await open(page, given, given.odd)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  },

  // Even a script that has got into the page could not send anything to another server: the
  // policy of the page forbids it. given.elsewhere counts what arrives, in the Go part.
  async contained(page, given) {
    await open(page, given, given.token)
    page.expected = /Content Security Policy|Refused to/
    const outcome = await page.evaluate(async elsewhere => {
      const failed = {}
      await fetch(elsewhere, { method: 'POST', mode: 'no-cors', body: 'token' }).catch(() => { failed.fetch = true })
      failed.beacon = !navigator.sendBeacon(elsewhere, 'token') || 'queued'
      await new Promise(done => { const image = new Image(); image.onerror = done; image.onload = done; image.src = elsewhere + '/image' })
      try { new WebSocket(elsewhere.replace('http', 'ws')) } catch { failed.socket = true }
      try { new EventSource(elsewhere) } catch { failed.events = true }
      const form = document.createElement('form')
      form.action = elsewhere + '/form'
      form.method = 'post'
      document.body.append(form)
      form.submit()
      const frame = document.createElement('iframe')
      frame.src = elsewhere + '/frame'
      document.body.append(frame)
      await new Promise(done => setTimeout(done, 300))
      return failed
    }, given.elsewhere)
    assert.ok(outcome.fetch)
  },
}

// screenshots writes the pictures of docs/cli.md into a folder.
export async function screenshots(page, given) {
  const shot = name => page.screenshot({ path: `${given.pictures}/${name}.png`, fullPage: true })
  await page.setViewportSize({ width: 1160, height: 700 })
  await open(page, given, given.token)
  await page.fill('#key', given.publicKey)
  await page.fill('#want-iss', 'https://auth.example.com/')
  await page.fill('#want-aud', 'orders')
  await page.click('button[type=submit]')
  await page.locator('#verdict').waitFor()
  await page.evaluate(() => { document.activeElement.blur(); document.getElementById('key').scrollTop = 0 })
  await shot('debug-light')

  await page.emulateMedia({ colorScheme: 'dark' })
  await open(page, given)
  await page.fill('#token', given.odd)
  await row(page, 'password').waitFor()
  await value(page, 'role').fill('"owner"')
  await state(page, 'The signature is no longer valid')
  await shot('debug-dark')
}

// watch fails a scenario if its page asks anything but the command, or reports an error.
export function watch(context, origins) {
  const seen = { requests: 0, wrong: [] }
  context.on('request', request => {
    seen.requests++
    if (!origins.some(origin => request.url().startsWith(origin))) seen.wrong.push(`request to ${request.url()}`)
  })
  context.on('page', page => {
    page.on('websocket', socket => seen.wrong.push(`socket to ${socket.url()}`))
    page.on('pageerror', error => seen.wrong.push(`error in the page: ${error.message}`))
    page.on('console', message => {
      if (!page.expected?.test(message.text())) seen.wrong.push(`console: ${message.text()}`)
    })
  })
  return seen
}
