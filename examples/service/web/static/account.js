// The devices of the user, and the password.
import { call, enter } from './api.js';
import { $, ago, make, say, submit } from './dom.js';

let guard = f => f;

export function start(guarded) {
  guard = guarded;
  submit('password-form', guard(async (values, form) => {
    const { status, data } = await enter('/password', { old: values.old, new: values.new });
    if (status === 204) form.reset();
    say($('password-says'), status === 204 ? 'The password is changed. Your other sessions have ended.' : data?.error ?? 'That did not work.', status === 204 ? 'good' : 'bad');
  }));
}

export async function showDevices() {
  const { status, data } = await call('GET', '/devices');
  if (status !== 200) return;
  $('devices').replaceChildren(...data.toReversed().map(device => {
    const item = make('li', { data: { session: device.id, here: device.here } }, make('span', {}, device.label));
    if (device.here) item.append(make('span', { className: 'badge on' }, 'this browser'));
    if (device.remembers) item.append(make('span', { className: 'badge' }, 'remembered'));
    item.append(make('small', {}, `last used ${ago(device.last_used)}, since ${new Date(device.started).toLocaleString()}`));
    if (!device.here) {
      const end = make('button', { type: 'button', ariaLabel: `End the session of ${device.label}`, data: { end: device.id } }, 'End');
      end.addEventListener('click', guard(async () => {
        end.disabled = true;
        await call('DELETE', `/devices/${device.id}`);
        await showDevices();
      }));
      item.append(end);
    }
    return item;
  }));
}
