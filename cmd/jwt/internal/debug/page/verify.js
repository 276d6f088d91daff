// The form that verifies the token, and the result.
import { ask } from './api.js'

const marks = { holds: ['✓', 'passed'], fails: ['✗', 'failed'], skipped: ['–', 'not checked'] }

const byId = id => document.getElementById(id)

function line({ name, state, text, found, wanted }) {
  const item = document.createElement('li')
  item.className = state
  const mark = item.appendChild(document.createElement('span'))
  mark.className = 'mark'
  mark.setAttribute('role', 'img')
  const [sign, label] = marks[state]
  mark.textContent = sign
  mark.setAttribute('aria-label', label)
  item.appendChild(document.createElement('b')).textContent = name
  const detail = item.appendChild(document.createElement('span'))
  detail.className = 'detail'
  detail.textContent = text
  for (const [label, value] of [['found', found], ['wanted', wanted]]) {
    if (value) detail.appendChild(document.createElement('small')).textContent = `${label} ${value}`
  }
  return item
}

// startVerify makes the form work. token returns the token to verify.
export function startVerify(token) {
  const form = byId('verify')
  const source = () => form.elements.source.value

  const showSource = () => {
    for (const part of form.querySelectorAll('.source')) part.hidden = part.dataset.source !== source()
  }
  const waive = () => {
    for (const what of ['iss', 'aud', 'typ']) byId(`want-${what}`).disabled = byId(`any-${what}`).checked
  }
  form.addEventListener('change', () => { showSource(); waive() })
  showSource()
  waive()

  form.addEventListener('submit', async event => {
    event.preventDefault()
    const answer = await ask('verify', {
      token: token(),
      [source()]: { key: byId('key'), jwks: byId('jwks'), issuer: byId('issuer-url') }[source()].value,
      encoding: byId('encoding').value,
      expectedIssuer: byId('want-iss').value,
      expectedAudience: byId('want-aud').value,
      expectedType: byId('want-typ').value,
      anyIssuer: byId('any-iss').checked,
      anyAudience: byId('any-aud').checked,
      anyType: byId('any-typ').checked,
    })
    if (!answer) return
    const verdict = byId('verdict')
    verdict.hidden = false
    verdict.textContent = answer.problem ?? answer.verdict
    verdict.dataset.holds = answer.holds ?? false
    byId('checks').replaceChildren(...(answer.checks ?? []).map(line))
  })
  document.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      form.requestSubmit()
    }
  })
}

// forgetVerdict clears the result.
export function forgetVerdict() {
  byId('verdict').hidden = true
  byId('checks').replaceChildren()
}
