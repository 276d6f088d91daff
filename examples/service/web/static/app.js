// The page: its views, and what keeps the session alive.
import { call, enter, leave, LoggedOut, refresh, tabs, Unavailable } from './api.js';
import * as account from './account.js';
import * as admin from './admin.js';
import * as calls from './calls.js';
import * as live from './live.js';
import * as tokens from './tokens.js';
import * as tour from './tour.js';
import { $, on, say, submit } from './dom.js';
import { clear, note, noteEvent } from './log.js';

const reasons = {
  logout: 'You have logged out.',
  everywhere: 'You have been logged out everywhere.',
  ended: 'It was ended from another device.',
  reuse: 'A copy of your refresh token was used. One of the two users was not you, so the session was ended for both.',
  stale: 'This browser was offline for too long.',
  denied: 'Your account has been disabled.',
  excess: 'You had too many sessions, and this one was the oldest.',
};
let ended = ''; // the reason, once an event has told it
let timer = 0;

function view(name) {
  document.body.dataset.view = name;
  for (const id of ['login', 'ended', 'home']) $(id).hidden = id !== name;
  document.querySelector('.who').hidden = $('status').hidden = name !== 'home';
}

function status(state) {
  const text = { live: 'live', connecting: 'connecting', unavailable: 'the service cannot check now' }[state];
  if ($('status').dataset.state !== state) say($('status'), text);
  $('status').dataset.state = state;
}

// open shows the session of the cookies, if there is one.
async function open() {
  try {
    const { data } = await call('GET', '/me');
    show(data);
    live.connect({ identity: show, event: happened, end: tokenEnded, failed: open });
  } catch (err) {
    failed(err);
  }
}

function show(me) {
  ended = '';
  localStorage.setItem('user', me.name);
  $('name').textContent = me.name;
  for (const input of document.querySelectorAll('.account')) input.value = me.name; // for password managers
  if (document.body.dataset.view !== 'home') {
    view('home');
    $('main').focus();
    account.showDevices().catch(failed);
  }
  status('live');
  tokens.showIdentity(me);
  admin.update().catch(failed);
  $('admin').hidden = !me.roles?.includes('admin');
  const shown = Date.now();
  clearTimeout(timer);
  // Early enough that no request meets an expired token.
  timer = setTimeout(() => renew(shown), Math.max(500, me.expires_in - Math.min(5000, me.expires_in / 4)));
}

// renew refreshes the tokens, and opens the stream with the new one.
async function renew(since) {
  try {
    if (!await refresh(since)) throw new LoggedOut();
    await open();
  } catch (err) {
    failed(err);
  }
}

function failed(err) {
  if (err instanceof LoggedOut) return close();
  if (!(err instanceof Unavailable)) throw err;
  status('unavailable');
  $('status').hidden = false;
  clearTimeout(timer);
  timer = setTimeout(open, 1000);
}

function tokenEnded(reason) {
  if (reason === 'key') note('The key of the access token was revoked', { level: 'WARN', detail: 'a new token is needed' });
  open();
}

function happened(e) {
  noteEvent(e);
  // A repeat changes no device. If this page caused it, because an answer was lost, another call
  // could cause a repeat again, endlessly.
  if (e.name !== 'session_repeated') account.showDevices().catch(failed);
  if (e.here && e.reason && e.reason !== 'replaced') {
    ended = e.reason;
    close();
  } else if (e.reason === 'everywhere') { // all sessions, perhaps except the one that requested it
    ended = e.reason;
    renew(Date.now() - 1000);
  }
}

// close shows that the session has ended. The event that says why may still be on its way.
async function close() {
  clearTimeout(timer);
  if (document.body.dataset.view === 'home' && !ended) await new Promise(done => setTimeout(done, 500));
  live.close();
  const was = document.body.dataset.view;
  localStorage.removeItem('user');
  if (was === 'start' || ended === 'logout') return reset();
  if (was !== 'home') return;
  view('ended');
  say($('ended-reason'), reasons[ended] ?? 'It expired or was ended.');
  $('ended').dataset.reason = ended;
  $('ended-title').focus();
  tour.afterwards().catch(() => {});
}

function reset() {
  ended = '';
  tokens.forget();
  tour.forget();
  admin.forget();
  clear();
  view('login');
  $('user').focus();
}

const guard = f => async (...args) => {
  try {
    await f(...args);
  } catch (err) {
    failed(err);
  }
};

submit('login-form', async values => {
  say($('login-error'), '');
  try {
    const { status, data } = await enter('/login', { user: values.user, password: values.password, remember: 'remember' in values });
    $('password').value = '';
    if (status !== 200) return say($('login-error'), data?.error ?? 'That did not work.');
    note('You have logged in');
  } catch {
    say($('login-error'), 'The service is temporarily unavailable. Try again.');
  }
});
on('demo-users', 'click', e => {
  if (!e.target.dataset.user) return;
  $('user').value = e.target.dataset.user;
  $('password').value = e.target.dataset.password;
  $('login-form').requestSubmit();
});
const leaving = f => guard(async () => {
  live.close();
  clearTimeout(timer);
  await f();
  localStorage.removeItem('user');
  reset();
});
on('logout', 'click', leaving(leave));
on('logout-everywhere', 'click', leaving(async () => {
  await call('POST', '/logout/everywhere');
  tabs.postMessage('left');
}));
on('refresh-now', 'click', () => renew(Date.now()));
on('ended-login', 'click', reset);
addEventListener('entered', open);
tabs.onmessage = ({ data }) => {
  if (data === 'left') {
    ended = 'logout';
    close();
  } else if (!document.hidden) {
    open();
  }
};

// A hidden page keeps no connection, and so needs no refresh: without HTTP/2, a browser has only
// six connections per host.
document.addEventListener('visibilitychange', () => {
  if (document.body.dataset.view !== 'home') return;
  if (!document.hidden) return open();
  clearTimeout(timer);
  live.close();
  status('connecting');
});

calls.start(failed);
tour.start(guard);
account.start(guard);
admin.start(guard);
if (localStorage.getItem('user')) open();
else reset();
