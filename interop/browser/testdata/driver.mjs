// Lets Chromium do what standard input says, one JSON object a line, and answers each with a
// line: {"value": …} or {"error": …}. It ends with its input.
//
//   {"profile": "a", "tab": "1", "url": "http://…"}               opens the page
//   {"profile": "a", "tab": "1", "script": "x => …", "arg": …}    calls the func in the page
//
// Profiles have cookies of their own. Profiles and tabs are made when they are first named.
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})

const profiles = new Map()
const tabs = new Map()

async function pageOf({ profile, tab }) {
  if (!profiles.has(profile)) profiles.set(profile, await browser.newContext())
  const name = `${profile} ${tab}`
  if (!tabs.has(name)) tabs.set(name, await profiles.get(profile).newPage())
  return tabs.get(name)
}

async function run(command) {
  const page = await pageOf(command)
  page.setDefaultTimeout(20_000)
  if (command.url) return (await page.goto(command.url)).status()
  return await page.evaluate(`(${command.script})(${JSON.stringify(command.arg)})`)
}

console.log(JSON.stringify({ value: browser.version() }))
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await run(JSON.parse(line)).then(value => ({ value }), error => ({ error: error.message }))
  console.log(JSON.stringify(answer))
}
await browser.close()
