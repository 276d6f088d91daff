// The admin section: keys and users. It requires the role, and the password again.
import { call, enter, NotConfirmed } from './api.js';
import { $, make, on, say, short, submit } from './dom.js';

let guard = f => f;

export function start(guarded) {
  guard = guarded;
  on('admin-open', 'click', guard(() => confirmed(show)));
  on('rotate-keys', 'click', guard(() => change('POST', '/admin/keys/rotate')));
  submit('user-form', guard(async (values, form) => {
    const { name, password, role } = values;
    if (await change('POST', '/admin/users', { name, password, roles: [role] })) form.reset();
  }));
  on('confirm-cancel', 'click', () => $('confirm').close());
}

// confirmed runs f. If a step-up is required, it runs f again after it.
async function confirmed(f) {
  try {
    return await f();
  } catch (err) {
    if (!(err instanceof NotConfirmed) || !await stepUp()) return false;
    return f();
  }
}

// stepUp asks for the password. It returns whether it was right.
function stepUp() {
  const dialog = $('confirm'), form = $('confirm-form');
  form.reset();
  say($('confirm-error'), '');
  dialog.showModal();
  return new Promise(resolve => {
    let done = false;
    const send = async event => {
      event.preventDefault();
      try {
        const { status, data } = await enter('/confirm', { password: form.elements.password.value });
        done = status === 204;
        if (done) dialog.close();
        else say($('confirm-error'), data?.error ?? 'That did not work.');
      } catch {
        say($('confirm-error'), 'The service is temporarily unavailable.');
      }
    };
    form.addEventListener('submit', send);
    dialog.addEventListener('close', () => { form.removeEventListener('submit', send); resolve(done); }, { once: true });
  });
}

// update shows the current state, while the step-up is fresh.
export async function update() {
  if ($('admin-open-part').hidden) return;
  await show().catch(err => {
    if (!(err instanceof NotConfirmed)) throw err;
    forget();
  });
}

async function show() {
  const [keys, users] = [await call('GET', '/admin/keys'), await call('GET', '/admin/users')];
  if (keys.status !== 200 || users.status !== 200) return;
  showKeys(keys.data);
  $('users').replaceChildren(...users.data.users.map(userItem));
  if (users.data.more) $('users').append(make('li', {}, make('small', {}, 'and more')));
  $('admin-locked').hidden = true;
  $('admin-open-part').hidden = false;
}

function showKeys({ signing, keys }) { // the one that signs, the next, and those that have signed
  $('keys').replaceChildren(...keys.map((kid, i) => {
    const revoke = make('button', { type: 'button', className: 'danger', ariaLabel: `Revoke key ${short(kid)}`, data: { revoke: kid } }, 'Revoke');
    revoke.addEventListener('click', guard(() => change('DELETE', `/admin/keys/${encodeURIComponent(kid)}`)));
    const item = make('li', { data: { kid } }, make('code', { title: kid }, short(kid)));
    item.append(make('span', { className: kid === signing ? 'badge on' : 'badge' }, kid === signing ? 'signs' : i === 1 ? 'next' : 'retired'), revoke);
    return item;
  }));
}

function userItem(user) {
  const next = user.disabled ? 'Enable' : 'Disable';
  const button = make('button', { type: 'button', ariaLabel: `${next} ${user.name}`, data: { user: user.name } }, next);
  button.addEventListener('click', guard(() => change('POST', `/admin/users/${encodeURIComponent(user.name)}`, { disabled: !user.disabled })));
  const item = make('li', { data: { name: user.name } }, make('span', {}, user.name), make('small', {}, user.roles.join(', ')));
  if (user.disabled) item.append(make('span', { className: 'badge' }, 'disabled'));
  item.append(button);
  return item;
}

// change makes a change as admin, and shows the result and the new state.
function change(method, path, body) {
  return confirmed(async () => {
    const { status, data } = await call(method, path, body);
    const good = status >= 200 && status < 300;
    say($('admin-says'), good ? 'Done.' : data?.error ?? data?.error_description ?? `That did not work: ${status}.`, good ? 'good' : 'bad');
    await show();
    return good;
  });
}

export function forget() {
  $('admin-locked').hidden = false;
  $('admin-open-part').hidden = true;
  for (const id of ['keys', 'users']) $(id).replaceChildren();
  say($('admin-says'), '');
}
