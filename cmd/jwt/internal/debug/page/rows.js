// The header or the claims of a token, as rows that can be edited: a name, a value as JSON,
// and the notes about them.

let count = 0 // of rows so far, for ids

// fillNotes shows notes, each with a level (info, warn, bad) and a text.
export function fillNotes(list, notes = []) {
  list.replaceChildren(...notes.map(({ level, text }) => {
    const item = document.createElement('li')
    item.className = level
    item.textContent = text
    return item
  }))
}

// fit makes a field as high as its text, for browsers without field-sizing.
function fit(field) {
  field.rows = Math.min(field.value.split('\n').length, 20)
}

export class Rows {
  #box
  #changed
  #template = document.getElementById('row')

  // changed is called after each edit.
  constructor(section, changed) {
    this.#box = section.querySelector('.rows')
    this.#changed = changed
    section.querySelector('.add').addEventListener('click', () => {
      this.#append({ name: '', value: '""' }).querySelector('.name').focus()
    })
  }

  // show replaces all rows. If there are none it shows text.
  show(rows, text) {
    this.#box.replaceChildren()
    rows.forEach(row => this.#append(row))
    if (rows.length > 0 || !text) return
    const raw = this.#box.appendChild(document.createElement('p'))
    raw.className = 'raw'
    raw.textContent = text
  }

  // annotate replaces the notes of the rows, and keeps what is being edited.
  annotate(rows) {
    this.#all().forEach((row, i) => {
      const notes = rows[i]?.notes ?? []
      fillNotes(row.querySelector('.notes'), notes)
      row.querySelector('.value').setAttribute('aria-invalid', notes.some(note => note.level === 'bad'))
    })
  }

  // read returns the rows as they are now.
  read() {
    return this.#all().map(row => ({
      name: row.querySelector('.name').value,
      value: row.querySelector('.value').value,
    }))
  }

  #all() {
    return [...this.#box.querySelectorAll('.row')]
  }

  #append({ name, value, notes }) {
    this.#box.querySelector('.hint, .raw')?.remove()
    const row = this.#template.content.cloneNode(true).querySelector('.row')
    const [nameField, valueField] = [row.querySelector('.name'), row.querySelector('.value')]
    const list = row.querySelector('.notes')
    list.id = `notes-${++count}`
    valueField.setAttribute('aria-describedby', list.id)
    nameField.value = name
    valueField.value = value
    fit(valueField)
    fillNotes(list, notes)
    const rename = () => {
      row.setAttribute('aria-label', nameField.value || 'new')
      row.querySelector('.remove').setAttribute('aria-label', `Remove ${nameField.value || 'this row'}`)
    }
    rename()
    nameField.addEventListener('input', () => { rename(); this.#changed() })
    valueField.addEventListener('input', () => { fit(valueField); this.#changed() })
    row.querySelector('.remove').addEventListener('click', () => {
      const next = row.nextElementSibling ?? row.previousElementSibling
      row.remove()
      const focus = next?.querySelector('.name') ?? this.#box.parentElement.querySelector('.add')
      focus.focus()
      this.#changed()
    })
    this.#box.append(row)
    return row
  }
}
