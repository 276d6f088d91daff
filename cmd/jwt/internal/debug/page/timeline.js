// The dates of a token and now, on a line.

const units = [['y', 31557600], ['d', 86400], ['h', 3600], ['min', 60], ['s', 1]]

// span returns a number of seconds as text, in its largest unit.
function span(seconds) {
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units.at(-1)
  const n = seconds / size
  return `${n < 10 && unit !== 's' ? +n.toFixed(1) : Math.round(n)} ${unit}`
}

// places returns the positions of the times, from 0 to 1: half by order and half by distance,
// so that close points stay distinct.
function places(times) {
  const sorted = [...new Set(times)].sort((a, b) => a - b)
  const [first, last] = [sorted[0], sorted.at(-1)]
  return new Map(sorted.map((time, i) => [
    time,
    sorted.length === 1 ? 0.5 : (i / (sorted.length - 1) + (time - first) / (last - first)) / 2,
  ]))
}

function element(className, text, values) {
  const e = document.createElement('div')
  e.className = className
  if (text) e.appendChild(document.createElement('span')).textContent = text
  for (const [name, value] of Object.entries(values)) e.style.setProperty(`--${name}`, value)
  return e
}

// drawTime shows the dates of a reading, or hides the section if there are none.
export function drawTime(section, { dates = [], now }) {
  section.hidden = dates.length === 0
  if (section.hidden) return
  const line = section.querySelector('.timeline')
  const at = places([...dates.map(date => date.at), now])
  const byTime = Map.groupBy(dates, date => date.at)
  const begin = dates.filter(date => date.name !== 'exp').map(date => date.at)
  const exp = dates.find(date => date.name === 'exp')?.at
  const from = begin.length ? Math.max(...begin) : undefined

  line.replaceChildren(element('rail', '', {}))
  line.dataset.live = now >= (from ?? now) && now < (exp ?? Infinity)
  if (exp > from) {
    line.append(element('life', '', { from: at.get(from), to: at.get(exp) }))
    if (now <= from || now >= exp) line.append(element('gap', '', { from: at.get(from), to: at.get(exp) }))
    const gap = line.querySelector('.gap')
    if (gap) gap.textContent = span(exp - from)
  }
  for (const [time, list] of byTime) {
    line.append(element('point', list.map(date => date.name).join(', '), { at: at.get(time) }))
  }
  line.append(element('point now', 'now', { at: at.get(now) }))

  const summary = section.querySelector('.aside')
  summary.textContent = exp > from ? `valid for ${span(exp - from)}` : ''
  section.querySelector('.dates').replaceChildren(...dates.map(date => {
    const row = document.createElement('div')
    for (const [tag, text] of [['dt', date.name], ['dd', date.utc], ['dd', date.relative]]) {
      row.appendChild(document.createElement(tag)).textContent = text
    }
    return row
  }))
}
