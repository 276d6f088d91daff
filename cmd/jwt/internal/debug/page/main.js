import { ask, later } from './api.js'
import { Rows, fillNotes } from './rows.js'
import { drawTime } from './timeline.js'
import { startVerify, forgetVerdict } from './verify.js'

const byId = id => document.getElementById(id)
const token = byId('token')
const colours = byId('token-colours')
const header = new Rows(document.querySelector('[data-part=header]'), () => edited())
const claims = new Rows(document.querySelector('[data-part=claims]'), () => edited())

let original = '' // the token as it was given, before any edit
let edits = false // the rows differ from it
let built = null // the token that the rows were made of

// show shows the command's reading of the token. It rebuilds the rows for another token;
// otherwise they keep what the user typed, and only the notes change.
function show(reading, text) {
  const { state, summary, problem, notes, dates, now } = reading
  byId('state').dataset.state = problem ? 'broken' : state
  byId('state').textContent = problem ?? summary
  if (problem) return
  fillNotes(byId('token-notes'), notes)
  if (text !== built) {
    built = text
    header.show(reading.header)
    claims.show(reading.claims, reading.text)
  } else {
    header.annotate(reading.header)
    claims.annotate(reading.claims)
  }
  drawTime(byId('time'), { dates, now })
}

function paint() {
  colours.replaceChildren(...token.value.split(/(?<=\.)/).map((part, i) => {
    const span = document.createElement('span')
    span.className = ['c-header', 'c-claims', 'c-signature'][Math.min(i, 2)]
    span.textContent = part
    return span
  }), '\n')
  colours.scrollTop = token.scrollTop
  for (const id of ['copy', 'clear']) byId(id).disabled = token.value === ''
  byId('undo').disabled = !edits
}

// read asks the command to read the token.
async function read() {
  const text = token.value
  const reading = await ask('decode', { token: text })
  if (reading && !edits) show(reading, text)
}

// follow asks the command for the token that matches the rows.
async function follow() {
  const reading = await ask('edit', {
    token: original, key: byId('key').value, encoding: byId('encoding').value, header: header.read(), claims: claims.read(),
  })
  if (!reading || !edits) return
  if (reading.token) token.value = reading.token
  show(reading, built)
  paint()
}

const readLater = later(read)
const followLater = later(follow)

function edited() {
  edits = true
  forgetVerdict()
  paint()
  followLater()
}

function take(text) {
  token.value = text
  typed()
  read()
}

function typed() {
  original = token.value
  edits = false
  built = null
  forgetVerdict()
  paint()
}

// takeFragment takes a token from the URL fragment: #token, or #access_token=token as in OAuth's
// implicit flow, and the like. It removes the fragment from the URL and the history.
function takeFragment() {
  const fragment = location.hash.slice(1)
  if (!fragment) return false
  history.replaceState(null, '', location.pathname)
  const parameters = new URLSearchParams(fragment)
  const name = ['token', 'access_token', 'id_token'].find(name => parameters.has(name))
  take(name ? parameters.get(name) : fragment)
  return true
}

token.addEventListener('input', () => { typed(); readLater() })
token.addEventListener('scroll', () => { colours.scrollTop = token.scrollTop })
for (const id of ['key', 'encoding']) byId(id).addEventListener('input', () => { if (edits) followLater() })
byId('undo').addEventListener('click', () => { take(original); token.focus() })
byId('clear').addEventListener('click', () => { take(''); token.focus() })
byId('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(token.value)
  byId('copy').textContent = 'Copied'
  setTimeout(() => { byId('copy').textContent = 'Copy' }, 1500)
})
addEventListener('hashchange', takeFragment)
startVerify(() => token.value)

// Keep relative times such as "expired 3 min ago" current.
setInterval(() => {
  if (document.visibilityState !== 'visible' || !token.value) return
  if (edits) follow()
  else read()
}, 10_000)

paint()
if (!takeFragment()) {
  const { token: given } = await ask('start')
  if (given) take(given)
}
