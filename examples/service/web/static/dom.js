// What the other files need of the page.

export const $ = id => document.getElementById(id);

// make returns an element with properties, and children that are elements or texts.
export function make(tag, properties = {}, ...children) {
  const { data = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}

// say shows a text where a reader of the screen hears it.
export function say(place, text, kind = '') {
  place.textContent = text;
  place.dataset.kind = kind;
}

export const on = (id, event, f) => $(id)?.addEventListener(event, f);

// submit calls f with the values of a form, and keeps it from being sent twice.
export function submit(id, f) {
  on(id, 'submit', async event => {
    event.preventDefault();
    const form = event.target, button = form.querySelector('[type=submit]');
    button.disabled = true;
    try {
      await f(Object.fromEntries(new FormData(form)), form);
    } finally {
      button.disabled = false;
    }
  });
}

export const short = text => text.slice(0, 8);

export const clock = time => new Date(time).toLocaleTimeString([], { hour12: false });

// count writes a number and its noun.
export const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

// ago says how long ago a time was, by the clock of the browser.
export function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(time)) / 1000));
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (seconds < 60) return words.format(-seconds, 'second');
  if (seconds < 3600) return words.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86400) return words.format(-Math.round(seconds / 3600), 'hour');
  return words.format(-Math.round(seconds / 86400), 'day');
}
