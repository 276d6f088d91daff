// Calls to the two services that accept the access token.
import { call, Unavailable } from './api.js';
import { $, make, on, short, submit } from './dom.js';

const sides = { orders: '/orders', reports: '/reports' };
const kinds = status => status >= 200 && status < 300 ? 'good' : status === 401 ? 'warn' : 'bad';

// read calls one of them and shows the outcome.
async function read(name) {
  const side = $(`side-${name}`), seen = [];
  const note = status => {
    seen.push(status);
    side.querySelector('.strip').append(make('li', { data: { kind: kinds(status), status } }));
    while (side.querySelectorAll('.strip li').length > 24) side.querySelector('.strip li').remove();
  };
  let answer = { status: 503, data: null };
  try {
    answer = await call('GET', sides[name], undefined, note);
  } catch (err) {
    if (!(err instanceof Unavailable)) throw err;
  }
  side.dataset.kind = kinds(answer.status);
  side.dataset.status = answer.status;
  side.dataset.key = answer.data?.key ?? '';
  side.querySelector('.result').textContent = outcome(seen, answer);
  if (name === 'orders' && answer.status === 200) showOrders(answer.data.orders);
}

function outcome(seen, { status, data }) {
  const way = seen.map(status => status || 'no answer').join(', refreshed, ');
  if (status === 200) return `${way}: verified with key ${short(data.key)}`;
  if (status === 503) return `${way}: cannot check now`;
  return `${way}: ${data?.error_description ?? data?.error ?? 'refused'}`;
}

function showOrders(orders) {
  $('orders').replaceChildren(...orders.map(order => make('li', {}, order.item)));
}

let pulse = 0, until = 0;

// keepCalling calls both services every second, for a time or until it is stopped.
export function keepCalling(seconds) {
  until = Math.max(until, Date.now() + 1000 * seconds);
  $('keep-calling').checked = seconds > 0;
  if (seconds <= 0) {
    until = 0;
    return;
  }
  if (!pulse) beat();
}

async function beat() {
  if (Date.now() > until || document.body.dataset.view !== 'home') {
    pulse = until = 0;
    $('keep-calling').checked = false;
    return;
  }
  pulse = setTimeout(beat, 1000);
  await Promise.allSettled(Object.keys(sides).map(guarded));
}

let failed = () => {};
const guarded = name => read(name).catch(err => failed(err));

export function start(onError) {
  failed = onError;
  for (const name of Object.keys(sides)) on(`call-${name}`, 'click', () => guarded(name));
  on('keep-calling', 'change', e => keepCalling(e.target.checked ? 3600 : 0));
  submit('order-form', async (values, form) => {
    try {
      const { status, data } = await call('POST', '/orders', { item: values.item });
      if (status === 201) form.reset();
      else $('side-orders').querySelector('.result').textContent = `${status}: ${data?.error_description ?? data?.error}`;
      await read('orders');
    } catch (err) {
      failed(err);
    }
  });
}
