// Runs the scenarios, three at a time, and writes a line of JSON for each: {"name": …}, with
// an "error" if it has failed. Standard input has what they are given.
//
//   node run.mjs /usr/bin/chromium < given.json
import { text } from 'node:stream/consumers'
import { chromium } from 'playwright-core'
import { scenarios, screenshots, watch } from './scenarios.mjs'

const given = JSON.parse(await text(process.stdin))
const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})

// perform runs one scenario in a profile of its own.
async function perform([name, scenario]) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const seen = watch(context, name === 'contained' ? [given.url, given.elsewhere] : [given.url, given.started])
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  let error
  try {
    await scenario(page, given)
    if (seen.wrong.length > 0) throw new Error(seen.wrong.join('\n'))
    if (seen.requests < 4) throw new Error('the requests were not watched')
  } catch (e) {
    error = [e.stack, ...seen.wrong].join('\n')
  }
  await context.close()
  console.log(JSON.stringify({ name, requests: seen.requests, error }))
}

const waiting = Object.entries(given.pictures ? { screenshots } : scenarios)
await Promise.all([1, 2, 3].map(async () => {
  while (waiting.length > 0) await perform(waiting.shift())
}))
await browser.close()
