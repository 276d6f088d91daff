// Tabs share one cookie jar: they refresh at once, lose answers, are suspended, and come back.
// Nobody is logged out by that.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { api, closeBrowsers, logInByForm, login, lost, noFaults, openBrowser, openTab, sleep, status, suspendTabs, until } from './browser.mjs'

const afterGrace = 3200 // ms: the grace of this run is 3 s

after(closeBrowsers)

const view = page => page.evaluate(() => document.body.dataset.view)

async function me(page) {
  const answer = await api(page, 'GET', '/me')
  assert.equal(answer.status, 200)
  return answer.body
}

// loseAnswers lets the service answer the refreshes of a page, and the connection break before
// the answer is there, until what it returns is called.
async function loseAnswers(page) {
  let losing = true
  await page.route('**/refresh', route => route.continue(
    losing ? { headers: { ...route.request().headers(), 'Lose-Answer': '1' } } : {}))
  return () => { losing = false }
}

// The pages show the form of the login, and so do not refresh by themselves.
test('two tabs refresh at the same time, three times each, and again', async () => {
  const profile = await openBrowser()
  const first = await openTab(profile), second = await openTab(profile)
  await login(first, 'alice')
  const { session } = await me(first)
  const refresh = page => page.evaluate(() =>
    Promise.all([1, 2, 3].map(() => fetch('/refresh', { method: 'POST' }).then(answer => answer.status))))
  const ok = [204, 204, 204]
  for (const generation of [2, 3]) {
    if (generation > 2) await sleep(afterGrace)
    assert.deepEqual(await Promise.all([refresh(first), refresh(second)]), [ok, ok])
    for (const page of [first, second]) {
      const now = await me(page)
      assert.deepEqual([now.session, now.generation], [session, generation])
      noFaults(page)
    }
  }
})

let profile, first, second

test('both tabs go on by themselves', async () => {
  profile = await openBrowser()
  first = await openTab(profile)
  await logInByForm(first, 'alice')
  second = await openTab(profile)
  await until('the second tab to be in', async () => await view(second) === 'home')
  const { session, generation } = await me(first)
  await until('two refreshes', async () => (await me(second)).generation >= generation + 2)
  for (const page of [first, second]) {
    assert.equal((await me(page)).session, session)
    assert.equal(await view(page), 'home')
    noFaults(page)
  }
})

test('a tab whose answer is lost is suspended, and comes back', async () => {
  await second.close()
  const start = await me(first)
  const answerAgain = await loseAnswers(first)
  const failed = first.waitForEvent('requestfailed', request => request.url().endsWith('/refresh'))
  await first.click('#refresh-now')
  await failed
  await suspendTabs(2 * afterGrace)
  answerAgain()
  await until('the page to go on', async () => await first.getAttribute('#status', 'data-state') === 'live')
  await first.click('#refresh-now')
  const back = await until('the next generation', async () => {
    const now = await me(first)
    return now.generation > start.generation && now
  })
  assert.equal(back.session, start.session)
  assert.equal(await view(first), 'home')
  noFaults(first, lost, status(401))
})

test('a page whose answers are lost asks about once in a second, and goes on afterwards', async () => {
  const start = await me(first)
  const answerAgain = await loseAnswers(first)
  let asked = 0
  const count = request => { if (request.url().endsWith('/refresh')) asked++ }
  first.on('request', count)
  await sleep(7000) // longer than an access token lives
  first.off('request', count)
  assert.ok(asked > 1 && asked < 14, `${asked} requests`)
  answerAgain()
  const back = await until('the next generation', async () => {
    const { status, body } = await api(first, 'GET', '/me')
    return status === 200 && body.generation > start.generation && body
  })
  assert.equal(back.session, start.session)
  assert.equal(await view(first), 'home')
  noFaults(first, lost, status(401))
})

test('an answer is lost when a tab is closed, and another one goes on', async () => {
  const start = await me(first)
  const tab = await openTab(profile)
  await loseAnswers(tab)
  await tab.evaluate(() => fetch('/refresh', { method: 'POST' }).catch(() => {}))
  await tab.close()
  await sleep(afterGrace)
  const refreshed = await first.evaluate(() => fetch('/refresh', { method: 'POST' }).then(answer => answer.status))
  assert.equal(refreshed, 204)
  assert.equal((await me(first)).session, start.session)
  noFaults(first)
})
