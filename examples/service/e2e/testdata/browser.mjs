// What the scripts share: a browser, its tabs, and what is asked of each page.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'

export const { ORIGIN, PASSWORD, OTHER_PORT, OTHER_SITE, SCREENSHOTS } = process.env
export { sleep }

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const timeout = 30_000

let browser

// openBrowser returns a browser that has no cookies yet: a profile.
export async function openBrowser(options = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  })
  return await browser.newContext(options)
}

export async function closeBrowsers() {
  await browser?.close()
  browser = undefined
}

// suspendTabs stops the processes of all pages for a time, as a phone does to save its battery.
export async function suspendTabs(ms) {
  const devtools = await browser.newBrowserCDPSession()
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
  const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  try {
    for (const id of pages) process.kill(id, 'SIGSTOP')
    await sleep(ms)
  } finally {
    for (const id of pages) process.kill(id, 'SIGCONT')
  }
}

// openTab returns a page. What its console says is collected in page.faults.
export async function openTab(profile, url = ORIGIN) {
  const page = await profile.newPage()
  page.setDefaultTimeout(timeout)
  page.faults = []
  page.on('pageerror', error => page.faults.push(`exception: ${error.message}`))
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) page.faults.push(message.text())
  })
  await page.goto(url)
  return page
}

// noFaults requires that the console of a page has been quiet. Chromium itself writes a line
// for each answer with a status of 400 or more, and for each that was lost: those that the
// step is about are named.
export function noFaults(page, ...expected) {
  const faults = page.faults.filter(text => !expected.some(pattern => pattern.test(text)))
  assert.deepEqual([...new Set(faults)], [])
  page.faults.length = 0
}

export const status = code => new RegExp(`^Failed to load resource: the server responded with a status of ${code} `)
export const lost = /^Failed to load resource: net::ERR_/

// until waits until f returns what is true.
export async function until(what, f) {
  const end = Date.now() + timeout
  for (;;) {
    const value = await f()
    if (value) return value
    assert.ok(Date.now() < end, `not within ${timeout} ms: ${what}`)
    await sleep(50)
  }
}

// accessible requires that axe-core finds no serious fault of a page, in light and in dark.
export async function accessible(page) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() => window.axe.run(document))
    const serious = violations.filter(v => ['serious', 'critical'].includes(v.impact))
    assert.deepEqual(serious.map(v => [colorScheme, v.id, v.nodes.map(n => `${n.target}: ${n.failureSummary}`)]), [])
  }
}

// api calls the service as a script of the page could, and returns the status and the body.
export async function api(page, method, path, body) {
  return await page.evaluate(async ([method, path, body]) => {
    const answer = await fetch(path, body === undefined ? { method } :
      { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text }
  }, [method, path, body])
}

// login logs in without the page: it goes on showing the form.
export async function login(page, user) {
  assert.equal((await api(page, 'POST', '/login', { user, password: PASSWORD, remember: true })).status, 200)
}

export async function logInByForm(page, user) {
  await page.fill('#user', user)
  await page.fill('#password', PASSWORD)
  await page.click('#login-form [type=submit]')
  await until(`${user} to be in`, async () => await page.evaluate(() => document.body.dataset.view) === 'home')
}
