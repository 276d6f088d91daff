// The command that serves this page does all the work: it reads, signs and verifies.

const running = new Map() // AbortController of the last request, by endpoint

// ask posts a question to the command and returns its answer, or null if a later question to
// the same endpoint has replaced this one.
export async function ask(endpoint, question = {}) {
  running.get(endpoint)?.abort()
  const abort = new AbortController()
  running.set(endpoint, abort)
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(question),
      signal: abort.signal,
    })
    const answer = await response.json()
    return response.ok ? answer : { problem: answer.problem }
  } catch (error) {
    if (abort.signal.aborted) return null
    return { problem: 'The command does not answer. Run jwt debug again.' }
  }
}

// later returns a func that calls f once no call has come for a moment.
export function later(f, milliseconds = 120) {
  let timer
  return () => {
    clearTimeout(timer)
    timer = setTimeout(f, milliseconds)
  }
}
