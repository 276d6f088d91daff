// The tour of the page, as README.md has it: by keyboard where it matters, with axe-core on
// each view, and with the pictures for the README.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ORIGIN, PASSWORD, SCREENSHOTS, accessible, closeBrowsers, logInByForm, noFaults, openBrowser, openTab, sleep, status, until } from './browser.mjs'

const afterGrace = 1700 // ms: the grace of this run is 1.5 s

let page

before(async () => { page = await openTab(await openBrowser({ viewport: { width: 1280, height: 860 } })) })
after(closeBrowsers)

const view = (of = page) => of.evaluate(() => document.body.dataset.view)
const text = selector => page.textContent(selector)
const data = (selector, name) => page.getAttribute(selector, `data-${name}`)

// picture takes the upper part of a view in light and in dark.
async function picture(name, height = 760) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(() => document.activeElement?.blur())
    await page.screenshot({ path: `${SCREENSHOTS}/${name}-${colorScheme}.png`, clip: { x: 0, y: 0, width: 1280, height } })
  }
}

// typeLogin logs in by keyboard only.
async function typeLogin(user, password) {
  await page.waitForSelector('#user:focus')
  await page.keyboard.press('Control+A')
  await page.keyboard.type(user)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+A')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
}

test('log in by keyboard', async () => {
  await accessible(page)
  await typeLogin('alice', 'a wrong password')
  await until('the error', async () => (await text('#login-error')).includes('wrong'))
  noFaults(page, status(401))
  await page.focus('#user')
  await typeLogin('alice', PASSWORD)
  await until('the home view', async () => await view() === 'home')
  assert.equal(await text('#name'), 'alice')
})

test('watch the two tokens', async () => {
  assert.equal(await text('#generation'), '1')
  const left = await text('#access-left b')
  await until('the seconds to run', async () => await text('#access-left b') !== left)
  await page.click('#refresh-now')
  await until('generation 2', async () => await text('#generation') === '2')
  await until('generation 3, by itself', async () => await text('#generation') === '3')
  noFaults(page)
})

test('two services take the access token', async () => {
  await page.fill('#item', 'a bicycle')
  await page.press('#item', 'Enter')
  await until('the order', async () => (await text('#orders')).includes('a bicycle'))
  await page.click('#call-reports')
  await until('the reports', async () => await data('#side-reports', 'status') === '200')
  assert.equal(await data('#side-reports', 'key'), await data('#side-orders', 'key'))
  await accessible(page)
  noFaults(page)
})

test('end the session of another browser', async () => {
  const other = await openTab(await openBrowser())
  await logInByForm(other, 'alice')
  await page.click('#devices [data-end]')
  await until('the other to be out', async () => await view(other) === 'ended')
  await until('one device', async () => await page.locator('#devices li').count() === 1)
  assert.equal(await data('#devices li', 'here'), 'true')
  assert.equal(await view(), 'home')
  noFaults(page)
  noFaults(other, status(401))
  await other.context().close()
})

test('revoke a key, and both services recover', async () => {
  const key = await data('#side-orders', 'key')
  await page.click('#revoke-key')
  for (const side of ['#side-orders', '#side-reports']) {
    await until(`${side} to verify with the next key`, async () =>
      await data(side, 'status') === '200' && await data(side, 'key') !== key)
  }
  assert.equal(await view(), 'home')
  noFaults(page, status(401), status(503))
})

test('the store fails, and comes back', async () => {
  await page.click('#break-store')
  await until('503', async () => await data('#side-orders', 'status') === '503')
  assert.equal(await view(), 'home')
  await page.locator('#calls-title').evaluate(title => title.scrollIntoView())
  await picture('store')
  await page.click('#repair-store')
  await until('200', async () => await data('#side-orders', 'status') === '200')
  await until('live', async () => await data('#status', 'state') === 'live')
  assert.equal(await view(), 'home')
  noFaults(page, status(503))
})

test('a thief is found, and the session ends', async () => {
  await sleep(afterGrace)
  const before = await text('#generation')
  await page.click('#refresh-now')
  await until('a new generation', async () => await text('#generation') !== before)
  await sleep(afterGrace)
  await page.click('#steal')
  await until('the thief to have it', async () => (await text('#thief-says')).includes('has generation'))
  await page.click('#thief-use')
  await until('the thief to read', async () => (await text('#thief-says')).includes('read 1 order of alice'))
  await page.evaluate(() => scrollTo(0, 0))
  await picture('theft')
  // If the page has just refreshed by itself, both have the same generation, as two tabs would.
  // Then it takes another round.
  const tryTo = async selector => { if (await view() === 'home') await page.click(selector, { timeout: 2000 }).catch(() => {}) }
  await until('the end', async () => {
    await sleep(afterGrace)
    await tryTo('#refresh-now')
    await sleep(1500)
    if (await view() === 'ended') return true
    await sleep(afterGrace)
    await tryTo('#thief-use')
    return false
  })
  assert.equal(await data('#ended', 'reason'), 'reuse')
  await until('the thief to be refused', async () => (await text('#ended')).includes('refused'))
  await accessible(page)
  await picture('ended', 540)
  noFaults(page, status(401))
  await page.focus('#ended-login')
  await page.keyboard.press('Enter')
  assert.equal(await view(), 'login')
})

test('an admin gives the password again, and rotates the keys', async () => {
  await logInByForm(page, 'admin')
  const ask = async () => {
    await page.click('#admin-open')
    await page.waitForSelector('#confirm-password:focus')
  }
  await ask()
  await accessible(page)
  await page.keyboard.press('Escape')
  await ask()
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForSelector('#keys li')
  await until('alice', async () => (await text('#users')).includes('alice'))
  await accessible(page)
  const keys = await page.locator('#keys li').count()
  await until('the next key to sign', async () => {
    await page.click('#rotate-keys')
    await sleep(500)
    return await page.locator('#keys li').count() > keys
  })
  assert.equal(await view(), 'home')
  noFaults(page, status(401), status(409))
})

test('a new password ends the other sessions, and keeps this one', async () => {
  const other = await openTab(await openBrowser())
  await logInByForm(other, 'admin')
  await page.fill('#old', PASSWORD)
  await page.fill('#new', PASSWORD + ' again')
  await page.click('#password-form [type=submit]')
  await until('the other to be out', async () => await view(other) === 'ended')
  await until('the word', async () => (await text('#password-says')).includes('is changed'))
  assert.equal(await view(), 'home')
  noFaults(page, status(401))
  await page.click('#logout')
  await until('the login view', async () => await view() === 'login')
  assert.deepEqual(await page.context().cookies(ORIGIN), [])
})
