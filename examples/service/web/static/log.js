// The log of what happens to the sessions of the user.
import { $, clock, make } from './dom.js';

const texts = {
  session_created: 'Session started',
  session_renewed: 'Tokens refreshed',
  session_repeated: 'The newest tokens were returned again',
  session_expired: 'Session expired',
  session_logout: 'Logged out',
  session_denied: 'The user was refused',
  session_use_after_expire: 'A token of an ended session was used',
  authn_token_revoked: 'Session ended',
  authn_token_reuse: 'A copy of the refresh token was used: the session has ended',
  reuse_suspected: 'Another client keeps refreshing first: the session has ended',
  excess_sessions_exceeded: 'Too many sessions: the oldest was ended',
  store_rollback: 'The store lost a generation',
};

const byReason = {
  replaced: 'A new session replaced the old one',
  everywhere: 'All earlier sessions were ended',
};

const list = () => $('log').firstElementChild;

export function note(text, { level = 'INFO', detail = '', time = Date.now() } = {}) {
  const item = make('li', { data: { level } }, make('time', {}, clock(time)),
    make('span', {}, make('b', {}, text), ' ', make('small', {}, detail)));
  list().prepend(item);
  while (list().children.length > 60) list().lastChild.remove();
}

export const clear = () => list().replaceChildren();

export function noteEvent(e) {
  const details = e.reason === 'everywhere' ? [] : [e.here ? 'this session' : 'another session'];
  if (e.name === 'session_renewed') details.push(`generation ${e.generation + 1}`);
  else if (e.generation) details.push(`generation ${e.generation} came, ${e.current} is the newest`);
  if (e.reason && !byReason[e.reason]) details.push(`reason: ${e.reason}`);
  const replaced = e.name === 'authn_token_revoked' && e.generation; // by a step-up or a new password
  note((replaced ? byReason.replaced : byReason[e.reason]) ?? texts[e.name] ?? e.name,
    { level: e.level, detail: details.join(' · '), time: e.time });
}
